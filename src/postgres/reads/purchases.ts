import type { DataSource, EntityManager } from 'typeorm';
import { amount } from '../../domain/credits.js';
import type { Payment, Purchase, PurchaseState } from '../../domain/purchase.js';
import { groupBy } from './group-by.js';

export interface RecordedPayment extends Payment {
  readonly accountId: string;
  /** The entry that records it. */
  readonly seq: number;
}

export interface PurchaseWithPayments {
  readonly purchase: Purchase;
  readonly payments: readonly RecordedPayment[];
}

interface PurchaseRow {
  readonly purchase_id: string;
  readonly order_form_id: string;
  readonly placed_by: Purchase['placedBy'];
  readonly credits: string;
  readonly unit_price: string;
  readonly currency: string;
  readonly price: string;
  readonly tax: string;
  readonly card_id: string;
  readonly rate_version: string;
  readonly purchased_at: Date;
  readonly payment_due_at: Date;
  readonly state: PurchaseState;
  readonly paid: string;
  readonly withheld: string;
  readonly written_off: string;
  readonly reversed: string;
  readonly price_version: string | null;
}

interface PaymentRow {
  readonly provider: string;
  readonly provider_payment_id: string;
  readonly account_id: string;
  readonly seq: string;
  readonly purchase_id: string;
  readonly amount: string;
  readonly currency: string;
  readonly received_at: Date;
  readonly excess: string;
  readonly reversed: string;
  readonly reversal_ids: string[];
}

/** Payments with what the bank took back of them. */
const PAYMENTS = `
  SELECT p.*, r.reversed, r.reversal_ids FROM payment AS p
   CROSS JOIN LATERAL (
     SELECT coalesce(sum(amount), 0) AS reversed, coalesce(json_agg(reversal_id ORDER BY reversal_id), '[]') AS reversal_ids
       FROM payment_reversal WHERE provider = p.provider AND provider_payment_id = p.provider_payment_id) AS r`;

/** The account's purchases in order of placement, with what was received for each. `purchaseId` narrows it to one. */
export async function readPurchases(database: DataSource | EntityManager, accountId: string, purchaseId: string | null = null): Promise<PurchaseWithPayments[]> {
  const values = [accountId, purchaseId];
  const rows = await database.query<PurchaseRow[]>(
    `SELECT purchase_id, order_form_id, placed_by, credits, trim_scale(unit_price)::text AS unit_price, currency, price, tax, card_id, rate_version,
            purchased_at, payment_due_at, state, paid, withheld, written_off, reversed, price_version
       FROM purchase WHERE account_id = $1 AND ($2::text IS NULL OR purchase_id = $2) ORDER BY purchased_at, purchase_id`,
    values,
  );
  const payments = await database.query<PaymentRow[]>(
    `${PAYMENTS} WHERE p.account_id = $1 AND ($2::text IS NULL OR p.purchase_id = $2) ORDER BY p.seq`,
    values,
  );
  const ofPurchase = groupBy(payments.map(paymentOf), (payment) => payment.purchaseId);
  return rows.map((row) => ({ purchase: purchaseOf(row), payments: ofPurchase.get(row.purchase_id) ?? [] }));
}

/** What is on record under a provider's own id, whichever account it belongs to. */
export async function readPayment(database: DataSource | EntityManager, provider: string, providerPaymentId: string): Promise<RecordedPayment | null> {
  const [row] = await database.query<PaymentRow[]>(`${PAYMENTS} WHERE p.provider = $1 AND p.provider_payment_id = $2`, [
    provider,
    providerPaymentId,
  ]);
  return row === undefined ? null : paymentOf(row);
}

function purchaseOf(row: PurchaseRow): Purchase {
  return {
    purchaseId: row.purchase_id,
    orderFormId: row.order_form_id,
    placedBy: row.placed_by,
    credits: amount(row.credits),
    unitPrice: row.unit_price,
    currency: row.currency,
    price: amount(row.price),
    tax: amount(row.tax),
    cardId: row.card_id,
    rateVersion: row.rate_version,
    purchasedAt: row.purchased_at.getTime(),
    paymentDueAt: row.payment_due_at.getTime(),
    state: row.state,
    paid: amount(row.paid),
    withheld: amount(row.withheld),
    writtenOff: amount(row.written_off),
    reversed: amount(row.reversed),
    priceVersion: row.price_version,
  };
}

function paymentOf(row: PaymentRow): RecordedPayment {
  return {
    provider: row.provider,
    providerPaymentId: row.provider_payment_id,
    accountId: row.account_id,
    seq: Number(row.seq),
    purchaseId: row.purchase_id,
    amount: amount(row.amount),
    currency: row.currency,
    receivedAt: row.received_at.getTime(),
    excess: amount(row.excess),
    reversed: amount(row.reversed),
    reversalIds: row.reversal_ids,
  };
}
