import type { LedgerConnection } from '../connection.js';
import { amount } from '../../domain/credits.js';
import { NEVER_DUE, type Payment, type Purchase, type PurchaseState } from '../../domain/purchase.js';
import { TextColumn } from './array-literal.js';

const PURCHASES = {
  name: 'load-purchases',
  text: `SELECT n.account_id, p.purchase_id, order_form_id, placed_by, credits, trim_scale(unit_price), currency, price, tax, card_id,
      rate_version, (extract(epoch FROM purchased_at) * 1000)::bigint, state, paid, (extract(epoch FROM nullif(payment_due_at, 'infinity')) * 1000)::bigint,
      withheld, written_off, reversed, price_version
    FROM unnest($1::text[], $2::text[]) AS n (account_id, purchase_id)
    JOIN purchase AS p ON p.account_id = n.account_id AND p.purchase_id = n.purchase_id`,
};

export interface PurchaseOfAccount {
  readonly accountId: string;
  readonly purchase: Purchase;
}

export async function loadPurchases(
  connection: LedgerConnection,
  named: readonly { readonly accountId: string; readonly purchaseId: string }[],
): Promise<PurchaseOfAccount[]> {
  const accounts = new TextColumn();
  const purchases = new TextColumn();
  for (const { accountId, purchaseId } of named) {
    accounts.add(accountId);
    purchases.add(purchaseId);
  }
  const rows = await connection.run(PURCHASES, [accounts.toString(), purchases.toString()]);
  return rows.map((row) => {
    const text = (column: number): string => row[column] as string;
    return {
      accountId: text(0),
      purchase: {
        purchaseId: text(1),
        orderFormId: text(2),
        placedBy: text(3) as Purchase['placedBy'],
        credits: amount(text(4)),
        unitPrice: text(5),
        currency: text(6),
        price: amount(text(7)),
        tax: amount(text(8)),
        cardId: text(9),
        rateVersion: text(10),
        purchasedAt: Number.parseInt(text(11), 10),
        paymentDueAt: row[14] == null ? NEVER_DUE : Number.parseInt(row[14], 10),
        state: text(12) as PurchaseState,
        paid: amount(text(13)),
        withheld: amount(text(15)),
        writtenOff: amount(text(16)),
        reversed: amount(text(17)),
        priceVersion: row[18] ?? null,
      },
    };
  });
}

const PAYMENTS = {
  name: 'load-payments',
  text: `SELECT p.account_id, p.provider, p.provider_payment_id, purchase_id, amount, currency, (extract(epoch FROM received_at) * 1000)::bigint,
      excess, r.amount_reversed, r.ids
    FROM unnest($1::text[], $2::text[]) AS n (provider, provider_payment_id)
    JOIN payment AS p ON p.provider = n.provider AND p.provider_payment_id = n.provider_payment_id
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(amount), 0) AS amount_reversed, coalesce(json_agg(reversal_id ORDER BY reversal_id), '[]') AS ids
      FROM payment_reversal WHERE provider = p.provider AND provider_payment_id = p.provider_payment_id) AS r`,
};

export interface PaymentOfAccount {
  readonly accountId: string;
  readonly payment: Payment;
}

/** Payments on record under these ids of their providers, whichever account they were for. */
export async function loadPayments(
  connection: LedgerConnection,
  named: readonly { readonly provider: string; readonly providerPaymentId: string }[],
): Promise<PaymentOfAccount[]> {
  const providers = new TextColumn();
  const ids = new TextColumn();
  for (const { provider, providerPaymentId } of named) {
    providers.add(provider);
    ids.add(providerPaymentId);
  }
  const rows = await connection.run(PAYMENTS, [providers.toString(), ids.toString()]);
  return rows.map((row) => {
    const text = (column: number): string => row[column] as string;
    return {
      accountId: text(0),
      payment: {
        provider: text(1),
        providerPaymentId: text(2),
        purchaseId: text(3),
        amount: amount(text(4)),
        currency: text(5),
        receivedAt: Number.parseInt(text(6), 10),
        excess: amount(text(7)),
        reversed: amount(text(8)),
        reversalIds: JSON.parse(text(9)) as string[],
      },
    };
  });
}
