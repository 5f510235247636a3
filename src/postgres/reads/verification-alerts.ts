import type { Client } from 'pg';
import type { AlertRule } from '../../domain/alert-rule.js';
import type { Fired } from '../../domain/alerting.js';
import { amount } from '../../domain/credits.js';
import type { EventType, LedgerEvent } from '../../domain/event.js';
import type { ProjectedAlerts } from '../../domain/verification/check-alerts.js';
import type { StoredEvent } from '../../domain/verification/replay.js';

/** Types that no entry causes: they stand behind the account's last entry of their time. */
export const NOT_OF_ENTRIES: readonly EventType[] = ['runway.below', 'term.ending', 'lot.ending', 'burn.unusual', 'break.found', 'break.resolved', 'privacy.announced', 'contact.bounced', 'endpoint.disabled'];

const EVENTS = `
  SELECT seq, ordinal, id, type, body FROM outbox
   WHERE account_id = $1 AND seq > $2::bigint AND seq <= $3::bigint AND type <> ALL ($4::text[]) ORDER BY account_id, seq, ordinal`;

interface EventRow {
  readonly seq: string;
  readonly ordinal: number;
  readonly id: string;
  readonly type: EventType;
  readonly body: LedgerEvent;
}

/** What the outbox has for a stretch of an account's entries, by their `seq`. */
export async function readStoredEvents(client: Client, accountId: string, after: number, upTo: number): Promise<Map<number, StoredEvent[]>> {
  const { rows } = await client.query<EventRow>({ name: 'verify-events', text: EVENTS, values: [accountId, after, upTo, NOT_OF_ENTRIES] });
  const bySeq = new Map<number, StoredEvent[]>();
  for (const { seq, ...event } of rows) {
    const of = bySeq.get(Number(seq)) ?? [];
    of.push({ ...event, seq: Number(seq) });
    bySeq.set(Number(seq), of);
  }
  return bySeq;
}

const FIRED = `SELECT rule_id, seq, (extract(epoch FROM at) * 1000)::bigint AS at FROM alert_fired WHERE account_id = $1 AND matter = ''`;
const LAST_PURCHASE = 'SELECT credits FROM last_purchase WHERE account_id = $1';
const RULES = 'SELECT rules FROM alert_rules WHERE account_id = $1';

/** Within the snapshot of the caller. */
export async function readProjectedAlerts(client: Client, accountId: string): Promise<ProjectedAlerts> {
  const { rows: fired } = await client.query<{ rule_id: string; seq: string; at: string }>({ name: 'verify-fired', text: FIRED, values: [accountId] });
  const { rows: rules } = await client.query<{ rules: AlertRule[] }>({ name: 'verify-alert-rules', text: RULES, values: [accountId] });
  const { rows: bought } = await client.query<{ credits: string }>({ name: 'verify-last-purchase', text: LAST_PURCHASE, values: [accountId] });
  return {
    lastPurchase: bought[0] === undefined ? null : amount(bought[0].credits),
    rules: rules[0]?.rules ?? null,
    fired: new Map<string, Fired>(fired.map((row) => [row.rule_id, { seq: Number(row.seq), at: Number(row.at) }])),
  };
}
