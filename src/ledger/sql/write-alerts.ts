import type { AlertRule } from '../../domain/alert-rule.js';
import type { Alerts, Fired } from '../../domain/alerting.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import type { Entry } from '../../domain/entry.js';
import type { LedgerEvent } from '../../domain/event.js';
import type { LedgerConnection } from '../connection.js';
import { PlainColumn, TextColumn } from './array-literal.js';

const APPEND_EVENTS = {
  name: 'append-events',
  text: `INSERT INTO outbox (account_id, seq, ordinal, id, licensee_id, type, body, at)
    SELECT unnest($1::text[]), unnest($2::bigint[]), unnest($3::integer[]), unnest($4::uuid[]), unnest($5::text[]), unnest($6::text[]),
      unnest($7::jsonb[]), unnest($8::timestamptz[])`,
};
const RULES = {
  name: 'write-alert-rules',
  text: `INSERT INTO alert_rules (account_id, seq, rules) VALUES ($1, $2, $3)
    ON CONFLICT (account_id) DO UPDATE SET seq = excluded.seq, rules = excluded.rules`,
};
const FIRE = {
  name: 'insert-alert-fired',
  text: `INSERT INTO alert_fired (account_id, rule_id, seq, at)
    SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::timestamptz[])`,
};
const REARM = {
  name: 'delete-alert-fired',
  text: `DELETE FROM alert_fired AS f USING unnest($1::text[], $2::text[]) AS n (account_id, rule_id)
    WHERE f.account_id = n.account_id AND f.rule_id = n.rule_id AND f.matter = ''`,
};

const LAST_PURCHASE = {
  name: 'write-last-purchase',
  text: `INSERT INTO last_purchase (account_id, seq, credits) VALUES ($1, $2, $3)
    ON CONFLICT (account_id) DO UPDATE SET seq = excluded.seq, credits = excluded.credits`,
};

/** What thresholds that are a share of the last purchase follow. */
export async function writeLastPurchase(connection: LedgerConnection, { accountId, seq, credits }: Entry): Promise<void> {
  await connection.run(LAST_PURCHASE, [accountId, seq, formatCredits(credits)]);
}

/** Writes what entries tell into the outbox, in their own transaction. */
export async function appendEvents(connection: LedgerConnection, events: readonly LedgerEvent[]): Promise<void> {
  const columns = {
    account: new TextColumn(),
    seq: new PlainColumn(),
    ordinal: new PlainColumn(),
    id: new PlainColumn(),
    licensee: new TextColumn(),
    type: new PlainColumn(),
    body: new TextColumn(),
    at: new PlainColumn(),
  };
  for (const event of events) {
    columns.account.add(event.accountId);
    columns.seq.add(event.seq);
    columns.ordinal.add(event.ordinal);
    columns.id.add(event.id);
    columns.licensee.add(event.licenseeId);
    columns.type.add(event.type);
    columns.body.add(JSON.stringify(event));
    columns.at.add(event.at);
  }
  await connection.run(APPEND_EVENTS, Object.values(columns).map(String));
}

export async function writeAlertRules(connection: LedgerConnection, accountId: string, seq: number, rules: readonly AlertRule[]): Promise<void> {
  await connection.run(RULES, [accountId, seq, JSON.stringify(rules)]);
}

/** Where a batch found the alerts of an account, and where it left them. */
export interface AlertsMoved {
  readonly accountId: string;
  readonly before: Alerts['fired'];
  readonly after: Alerts['fired'];
}

/** Writes what has fired since, and takes out what is armed again. Returns the statements under way. */
export function moveAlerts(connection: LedgerConnection, moved: readonly AlertsMoved[]): Promise<unknown>[] {
  const rearmed = differences(moved, 'before', 'after');
  const fired = differences(moved, 'after', 'before');
  const writes: Promise<unknown>[] = [];
  // First out, then in: a rule may have been armed and fired again in one batch.
  if (rearmed.length > 0) writes.push(connection.run(REARM, [accountsOf(rearmed), rulesOf(rearmed)]));
  if (fired.length > 0) {
    const seq = new PlainColumn();
    const at = new PlainColumn();
    for (const { where } of fired) {
      seq.add(where.seq);
      at.add(instantText(where.at));
    }
    writes.push(connection.run(FIRE, [accountsOf(fired), rulesOf(fired), String(seq), String(at)]));
  }
  return writes;
}

interface FiredRule {
  readonly accountId: string;
  readonly ruleId: string;
  readonly where: Fired;
}

function differences(moved: readonly AlertsMoved[], from: 'before' | 'after', to: 'before' | 'after'): FiredRule[] {
  return moved.flatMap((move) =>
    [...move[from]]
      .filter(([ruleId, where]) => move[to].get(ruleId)?.seq !== where.seq)
      .map(([ruleId, where]) => ({ accountId: move.accountId, ruleId, where })),
  );
}

function accountsOf(rules: readonly FiredRule[]): string {
  return String(rules.reduce((column, { accountId }) => column.add(accountId), new TextColumn()));
}

function rulesOf(rules: readonly FiredRule[]): string {
  return String(rules.reduce((column, { ruleId }) => column.add(ruleId), new TextColumn()));
}
