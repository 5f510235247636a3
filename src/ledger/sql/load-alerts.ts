import type { Fired } from '../../domain/alerting.js';
import { amount, type Amount } from '../../domain/credits.js';
import type { LedgerConnection } from '../connection.js';
import { textArray } from './array-literal.js';

const FIRED = {
  name: 'load-alert-fired',
  text: `SELECT account_id, rule_id, seq, (extract(epoch FROM at) * 1000)::bigint FROM alert_fired
    WHERE account_id = ANY($1::text[]) AND matter = ''`,
};
const LAST_PURCHASES = {
  name: 'load-last-purchases',
  text: 'SELECT account_id, credits FROM last_purchase WHERE account_id = ANY($1::text[])',
};

export interface StoredAlerts {
  readonly fired: ReadonlyMap<string, Fired>;
  readonly lastPurchase: Amount | null;
}

/** What the alerts of the balance remember, of accounts whose rows are locked (or of one snapshot). */
export async function loadAlerts(connection: LedgerConnection, accountIds: readonly string[]): Promise<Map<string, StoredAlerts>> {
  const ids = textArray(accountIds);
  const [fired, purchases] = await Promise.all([connection.run(FIRED, [ids]), connection.run(LAST_PURCHASES, [ids])]);
  const firedOf = new Map<string, Map<string, Fired>>(accountIds.map((id) => [id, new Map()]));
  for (const [account, ruleId, seq, at] of fired) {
    firedOf.get(account as string)?.set(ruleId as string, { seq: Number.parseInt(seq as string, 10), at: Number.parseInt(at as string, 10) });
  }
  const creditsOf = new Map(purchases.map(([account, credits]) => [account, amount(credits as string)]));
  return new Map([...firedOf].map(([account, of]) => [account, { fired: of, lastPurchase: creditsOf.get(account) ?? null }]));
}
