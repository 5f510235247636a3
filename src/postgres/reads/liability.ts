import type { DataSource } from 'typeorm';
import { amount } from '../../domain/credits.js';
import type { LiabilityPayment } from '../../domain/liability.js';

interface Row {
  readonly purchase_id: string;
  readonly currency: string;
  readonly price: string;
  readonly tax: string;
  readonly amount: string;
  readonly excess: string;
  readonly reversed: string;
}

/** Payments under an order form that were received from an instant on and before another, with what was taken back by then. */
export async function readLiabilityPayments(
  database: DataSource,
  accountId: string,
  orderFormId: string,
  { from, until }: { readonly from: number; readonly until: number },
): Promise<LiabilityPayment[]> {
  const rows = await database.query<Row[]>(
    `SELECT p.purchase_id, p.currency, u.price, u.tax, p.amount, p.excess,
            (SELECT coalesce(sum(r.amount), 0) FROM payment_reversal AS r
              WHERE r.provider = p.provider AND r.provider_payment_id = p.provider_payment_id AND r.reversed_at < $4) AS reversed
       FROM purchase AS u JOIN payment AS p ON p.account_id = u.account_id AND p.purchase_id = u.purchase_id
      WHERE u.account_id = $1 AND u.order_form_id = $2 AND p.received_at >= $3 AND p.received_at < $4
      ORDER BY p.seq`,
    [accountId, orderFormId, new Date(from), new Date(until)],
  );
  return rows.map((row) => ({
    purchaseId: row.purchase_id,
    currency: row.currency,
    price: amount(row.price),
    tax: amount(row.tax),
    paid: amount(row.amount).sub(row.excess),
    excess: amount(row.excess),
    reversed: amount(row.reversed),
  }));
}
