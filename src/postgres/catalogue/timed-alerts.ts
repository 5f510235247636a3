import type { DataSource, EntityManager } from 'typeorm';
import { DEFAULT_RULES, type AlertRule } from '../../domain/alert-rule.js';
import type { Contract } from '../../domain/contract.js';
import { amount } from '../../domain/credits.js';
import { readOrderForm, type OrderFormDocument } from '../../domain/order-form-document.js';
import { termAt } from '../../domain/term.js';
import type { TimedAlerts, TimedView } from '../../domain/timed-alerts.js';
import { readBusinessTime } from '../reads/business-time.js';

type Database = DataSource | EntityManager;

/** Accounts in order of their ids, for a pass over all that are not closed. */
export async function readAccountsToWatch(database: Database, after: string, limit: number): Promise<string[]> {
  const rows = await database.query<{ account_id: string }[]>(
    `SELECT account_id FROM account_state WHERE account_id > $1 AND status <> 'closed' AND seq > 0 ORDER BY account_id LIMIT $2`,
    [after, limit],
  );
  return rows.map(({ account_id: accountId }) => accountId);
}

/** Until the caller's transaction ends nothing is booked on the account, and nobody else looks at its rules. */
export async function lockAccount(manager: EntityManager, accountId: string): Promise<void> {
  await manager.query('SELECT 1 FROM account_state WHERE account_id = $1 FOR NO KEY UPDATE', [accountId]);
}

interface ViewRow {
  readonly balance: string;
  readonly consumed: string;
  readonly rules: AlertRule[] | null;
  readonly fired: string[];
  readonly lots: { lot_id: string; until: string; available: string }[];
  readonly samples: { at: string; consumed: string }[];
}

/** What rules on time look at, of one account now. */
export async function readTimedView(database: Database, accountId: string, samplesSinceMs: number): Promise<TimedView> {
  const { now } = await readBusinessTime(database);
  const [row] = await database.query<ViewRow[]>(
    `SELECT (SELECT (available + held)::text FROM account_state WHERE account_id = $1) AS balance,
            (SELECT coalesce(sum(consumed), 0)::text FROM lot WHERE account_id = $1) AS consumed,
            (SELECT rules FROM alert_rules WHERE account_id = $1) AS rules,
            (SELECT coalesce(array_agg(rule_id || ' ' || matter), '{}') FROM alert_fired WHERE account_id = $1 AND matter <> '') AS fired,
            (SELECT coalesce(json_agg(json_build_object('lot_id', lot_id, 'until', (extract(epoch FROM valid_until) * 1000)::bigint,
                      'available', available::text) ORDER BY lot_id), '[]')
               FROM lot WHERE account_id = $1 AND open AND valid_until IS NOT NULL AND available > 0) AS lots,
            (SELECT coalesce(json_agg(json_build_object('at', (extract(epoch FROM at) * 1000)::bigint, 'consumed', consumed::text) ORDER BY at), '[]')
               FROM burn_sample WHERE account_id = $1 AND at >= to_timestamp($2::numeric / 1000)) AS samples`,
    [accountId, now - samplesSinceMs],
  );
  if (row === undefined) throw new Error('an account has a balance');
  return {
    now,
    rules: row.rules ?? DEFAULT_RULES,
    fired: new Set(row.fired),
    balance: amount(row.balance),
    term: termAt(await readContract(database, accountId), now),
    endingLots: row.lots.map((lot) => ({ lotId: Number(lot.lot_id), validUntil: Number(lot.until), available: amount(lot.available) })),
    consumed: amount(row.consumed),
    samples: row.samples.map(({ at, consumed }) => ({ at: Number(at), consumed: amount(consumed) })),
  };
}

async function readContract(database: Database, accountId: string): Promise<Contract> {
  const rows = await database.query<{ order_form_id: string; signed_at: Date; document: OrderFormDocument }[]>(
    'SELECT order_form_id, signed_at, document FROM order_form WHERE account_id = $1 ORDER BY seq',
    [accountId],
  );
  const orderForms = rows.map((row) => ({ ...readOrderForm(row.order_form_id, row.document), signedAt: row.signed_at.getTime() }));
  return { accountId, licenseeId: '', configVersion: 0, orderForms, announced: [], closedPeriods: [], alertRules: [] };
}

/** Notes what has fired at the account's last entry, and what is armed again. Under the account's lock. */
export async function moveTimedAlerts(manager: EntityManager, accountId: string, { firings, rearmed }: TimedAlerts, now: number): Promise<void> {
  for (const { ruleId, matter } of firings) {
    await manager.query(
      `INSERT INTO alert_fired (account_id, rule_id, matter, seq, at) SELECT $1, $2, $3, seq, $4 FROM account_state WHERE account_id = $1`,
      [accountId, ruleId, matter, new Date(now)],
    );
  }
  for (const { ruleId, matter } of rearmed) {
    await manager.query('DELETE FROM alert_fired WHERE account_id = $1 AND rule_id = $2 AND matter = $3', [accountId, ruleId, matter]);
  }
}

/** Keeps what was consumed until now, and lets go of what is too old to count. Two workers at once keep one sample. */
export async function keepSample(database: Database, accountId: string, { now, consumed }: TimedView, forMs: number): Promise<void> {
  await database.query(
    `INSERT INTO burn_sample (account_id, at, consumed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [accountId, new Date(now), consumed.toFixed()],
  );
  await database.query('DELETE FROM burn_sample WHERE account_id = $1 AND at < $2', [accountId, new Date(now - forMs)]);
}
