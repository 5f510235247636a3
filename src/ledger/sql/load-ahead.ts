import type { LedgerConnection } from '../connection.js';

/** When the next hold expires, the next lot ends and the next purchase is late, of one account, after an instant. */
const AHEAD = {
  name: 'load-ahead',
  text: `SELECT
      (SELECT (extract(epoch FROM expires_at) * 1000)::bigint FROM hold
        WHERE account_id = $1 AND state = 'open' AND expires_at > $2 ORDER BY account_id, expires_at LIMIT 1),
      (SELECT (extract(epoch FROM valid_until) * 1000)::bigint FROM lot
        WHERE account_id = $1 AND open AND valid_until IS NOT NULL AND valid_until > $2 ORDER BY account_id, valid_until LIMIT 1),
      (SELECT (extract(epoch FROM payment_due_at) * 1000)::bigint FROM purchase
        WHERE account_id = $1 AND state IN ('awaiting_payment', 'partially_paid') AND payment_due_at > $2
          AND payment_due_at <> 'infinity' ORDER BY account_id, payment_due_at LIMIT 1)`,
};

export async function loadAhead(connection: LedgerConnection, accountId: string, now: string): Promise<(number | null)[]> {
  const [row] = await connection.run(AHEAD, [accountId, now]);
  return (row ?? []).map((instant) => (instant === null ? null : Number.parseInt(instant, 10)));
}

/** Open lots of an account whose own validity is over. */
const ENDED_LOTS = {
  name: 'load-ended-lots',
  text: 'SELECT lot_id FROM lot WHERE account_id = $1 AND open AND valid_until IS NOT NULL AND valid_until <= $2',
};

export async function loadEndedLotIds(connection: LedgerConnection, accountId: string, now: string): Promise<number[]> {
  return (await connection.run(ENDED_LOTS, [accountId, now])).map(([lotId]) => Number.parseInt(lotId as string, 10));
}

/** Purchases of an account that nothing was received for in time. */
const DUE_PURCHASES = {
  name: 'load-due-purchases',
  text: `SELECT purchase_id FROM purchase
    WHERE account_id = $1 AND state IN ('awaiting_payment', 'partially_paid') AND payment_due_at <= $2`,
};

export async function loadDuePurchaseIds(connection: LedgerConnection, accountId: string, now: string): Promise<string[]> {
  return (await connection.run(DUE_PURCHASES, [accountId, now])).map(([purchaseId]) => purchaseId as string);
}

/** Lots that a lapse took credits of: what an extension that was signed in time reinstates. */
const LAPSED_LOTS = {
  name: 'load-lapsed-lots',
  text: 'SELECT lot_id FROM lot WHERE account_id = $1 AND lapsed > 0',
};

export async function loadLapsedLotIds(connection: LedgerConnection, accountId: string): Promise<number[]> {
  return (await connection.run(LAPSED_LOTS, [accountId])).map(([lotId]) => Number.parseInt(lotId as string, 10));
}
