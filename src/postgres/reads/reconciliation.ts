import type { DataSource } from 'typeorm';
import { amount } from '../../domain/credits.js';
import type { PurchaseState } from '../../domain/purchase.js';
import type { BookedUsage, RecordedPayment } from '../../domain/reconciliation/check-lines.js';
import type { PurchaseWithMoney } from '../../domain/reconciliation/check-purchase.js';

const PAGE = 500;

interface PurchaseRow {
  readonly account_id: string;
  readonly purchase_id: string;
  readonly state: PurchaseState;
  readonly currency: string;
  readonly credits: string;
  readonly due: string;
  readonly paid: string;
  readonly besides: string;
  readonly reversed: string;
  readonly received: string;
  readonly taken_back: string;
  readonly payments: string;
  readonly lot_id: string | null;
  readonly issued: string | null;
}

/** What of a payment was too much goes back first; what went back before the allocation was owed again. */
const PURCHASES = `
  SELECT p.account_id, p.purchase_id, p.state, p.currency, p.credits, p.price + p.tax AS due, p.paid, p.withheld + p.written_off AS besides, p.reversed,
         coalesce(m.received, 0) AS received, coalesce(m.taken_back, 0) AS taken_back, coalesce(m.payments, 0) AS payments, l.lot_id, l.issued
    FROM purchase AS p
    LEFT JOIN lot AS l ON l.account_id = p.account_id AND l.purchase_id = p.purchase_id AND l.source_account_id IS NULL
    LEFT JOIN LATERAL (
      SELECT count(*) AS payments,
             sum(y.amount - y.excess - greatest(0, r.before - y.excess)) AS received,
             sum(greatest(0, r.before + r.after - y.excess) - greatest(0, r.before - y.excess)) AS taken_back
        FROM payment AS y
       CROSS JOIN LATERAL (
         SELECT coalesce(sum(v.amount) FILTER (WHERE l.lot_id IS NULL OR v.seq < l.lot_id), 0) AS before,
                coalesce(sum(v.amount) FILTER (WHERE v.seq > l.lot_id), 0) AS after
           FROM payment_reversal AS v WHERE v.provider = y.provider AND v.provider_payment_id = y.provider_payment_id) AS r
       WHERE y.account_id = p.account_id AND y.purchase_id = p.purchase_id) AS m ON true
   WHERE (p.account_id, p.purchase_id) > ($1, $2) ORDER BY p.account_id, p.purchase_id LIMIT ${String(PAGE)}`;

/** Every purchase beside its money and its lot, in short pages. */
export async function* readPurchasesWithMoney(database: DataSource): AsyncGenerator<PurchaseWithMoney> {
  let last = ['', ''];
  for (;;) {
    const rows = await database.query<PurchaseRow[]>(PURCHASES, last);
    for (const row of rows) yield purchaseOf(row);
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    last = [end.account_id, end.purchase_id];
  }
}

function purchaseOf(row: PurchaseRow): PurchaseWithMoney {
  return {
    accountId: row.account_id,
    purchaseId: row.purchase_id,
    state: row.state,
    currency: row.currency,
    credits: amount(row.credits),
    due: amount(row.due),
    paid: amount(row.paid),
    besides: amount(row.besides),
    reversed: amount(row.reversed),
    received: amount(row.received),
    takenBack: amount(row.taken_back),
    payments: Number(row.payments),
    lot: row.lot_id === null || row.issued === null ? null : { lotId: Number(row.lot_id), issued: amount(row.issued) },
  };
}

/** Purchased lots whose purchase is not there: nobody can have paid for them. */
export function readLotsWithoutPurchase(database: DataSource): Promise<{ readonly accountId: string; readonly lotId: string; readonly purchaseId: string | null; readonly issued: string }[]> {
  return database.query(
    `SELECT l.account_id AS "accountId", l.lot_id AS "lotId", l.purchase_id AS "purchaseId", l.issued FROM lot AS l
      WHERE l.kind = 'purchase' AND l.source_account_id IS NULL
        AND NOT EXISTS (SELECT FROM purchase AS p WHERE p.account_id = l.account_id AND p.purchase_id = l.purchase_id)
      ORDER BY l.account_id, l.lot_id LIMIT 1000`,
  );
}

interface UsageRow {
  readonly account_id: string;
  readonly seq: string;
  readonly key_digest: string;
  readonly feature: string;
  readonly usage: Readonly<Record<string, string>> | null;
  readonly occurred_at: string;
  readonly credits: string;
}

const USAGE = `e.account_id, e.seq, encode(e.key_digest, 'hex') AS key_digest, e.feature, e.detail -> 'usage' AS usage,
       (extract(epoch FROM e.occurred_at) * 1000)::bigint AS occurred_at, e.credits`;

/** What was booked under these keys. */
export async function readUsageOfKeys(database: DataSource, keys: readonly { readonly accountId: string; readonly keyDigest: string }[]): Promise<BookedUsage[]> {
  const rows = await database.query<UsageRow[]>(
    `SELECT ${USAGE} FROM unnest($1::text[], $2::text[]) AS n (account_id, key_digest)
       JOIN entry AS e ON e.account_id = n.account_id AND e.key_digest = decode(n.key_digest, 'hex') AND e.type IN ('debit', 'capture')`,
    [keys.map(({ accountId }) => accountId), keys.map(({ keyDigest }) => keyDigest)],
  );
  return rows.map(usageOf);
}

/** Entries are looked through so many at a time. */
const STRETCH = 10_000;

/** Debits and captures of an account with an `occurredAt` from one instant to another, both included. */
export async function* readUsageBetween(database: DataSource, accountId: string, from: number, until: number): AsyncGenerator<BookedUsage[]> {
  const [head] = await database.query<{ seq: string }[]>('SELECT seq FROM account_state WHERE account_id = $1', [accountId]);
  const last = Number(head?.seq ?? 0);
  for (let after = 0; after < last; after += STRETCH) {
    const rows = await database.query<UsageRow[]>(
      `SELECT ${USAGE} FROM entry AS e
        WHERE e.account_id = $1 AND e.seq > $2 AND e.seq <= $3 AND e.type IN ('debit', 'capture') AND e.occurred_at BETWEEN $4 AND $5 ORDER BY e.account_id, e.seq`,
      [accountId, after, Math.min(after + STRETCH, last), new Date(from), new Date(until)],
    );
    yield rows.map(usageOf);
  }
}

function usageOf(row: UsageRow): BookedUsage {
  return {
    accountId: row.account_id,
    seq: Number(row.seq),
    keyDigest: row.key_digest,
    feature: row.feature,
    usage: row.usage ?? {},
    occurredAt: Number(row.occurred_at),
    credits: amount(row.credits),
  };
}

interface MoneyRow {
  readonly provider: string;
  readonly id: string;
  readonly account_id: string | null;
  readonly amount: string;
  readonly currency: string;
}

export type KeyedPayment = RecordedPayment & { readonly provider: string; readonly providerPaymentId: string };

/** Payments under these ids: as an account has booked them, else as they were first reported. */
export async function readRecordedPayments(database: DataSource, ids: readonly { readonly provider: string; readonly providerPaymentId: string }[]): Promise<KeyedPayment[]> {
  const rows = await database.query<MoneyRow[]>(
    `SELECT n.provider, n.id, p.account_id, coalesce(p.amount, r.amount) AS amount, coalesce(p.currency, r.currency) AS currency
       FROM unnest($1::text[], $2::text[]) AS n (provider, id)
       LEFT JOIN payment AS p ON p.provider = n.provider AND p.provider_payment_id = n.id
       LEFT JOIN payment_receipt AS r ON r.provider = n.provider AND r.provider_payment_id = n.id
      WHERE p.provider IS NOT NULL OR r.provider IS NOT NULL`,
    [ids.map(({ provider }) => provider), ids.map(({ providerPaymentId }) => providerPaymentId)],
  );
  return rows.map(paymentOf);
}

/** Payments of a provider that were received from one instant to another, both included, in short pages. */
export async function* readPaymentsBetween(database: DataSource, provider: string, from: number, until: number): AsyncGenerator<KeyedPayment[]> {
  let last = '';
  for (;;) {
    const rows = await database.query<MoneyRow[]>(
      `SELECT provider, provider_payment_id AS id, account_id, amount, currency FROM payment
        WHERE provider = $1 AND provider_payment_id > $2 AND received_at BETWEEN $3 AND $4 ORDER BY provider, provider_payment_id LIMIT ${String(PAGE)}`,
      [provider, last, new Date(from), new Date(until)],
    );
    yield rows.map(paymentOf);
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    last = end.id;
  }
}

function paymentOf({ provider, id, account_id, amount: value, currency }: MoneyRow): KeyedPayment {
  return { provider, providerPaymentId: id, accountId: account_id, amount: amount(value), currency };
}
