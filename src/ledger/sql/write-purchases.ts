import type { LedgerConnection } from '../connection.js';
import type { Booked } from '../../domain/booking.js';
import { breakId, type BreakDraft } from '../../domain/break.js';
import { instantText } from '../../domain/calendar.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import { formatCredits } from '../../domain/credits.js';
import { formatMoney } from '../../domain/money.js';
import type { Payment, PaymentReversal, Purchase } from '../../domain/purchase.js';

const PLACED_PURCHASE = {
  name: 'insert-purchase',
  text: `INSERT INTO purchase (account_id, purchase_id, order_form_id, placed_by, credits, unit_price, currency, price, tax, card_id,
      rate_version, purchased_at, state, paid, payment_due_at, price_version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
};
const PURCHASE = {
  name: 'update-purchase',
  text: `UPDATE purchase SET state = $3, paid = $4, withheld = $5, written_off = $6, reversed = $7
    WHERE account_id = $1 AND purchase_id = $2`,
};
const PAYMENT = {
  name: 'insert-payment',
  text: `INSERT INTO payment (provider, provider_payment_id, account_id, seq, purchase_id, amount, currency, received_at, excess)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
};
const REVERSAL = {
  name: 'insert-payment-reversal',
  text: `INSERT INTO payment_reversal (provider, reversal_id, provider_payment_id, account_id, seq, purchase_id, amount, currency, reversed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
};
/** What was found before, by whomever, stays as it was found. */
const BREAK = {
  name: 'insert-break',
  text: `INSERT INTO break (break_id, kind, reference, account_id, seq, amount, currency, credits, evidence, owner, opened_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'finance', $10) ON CONFLICT ON CONSTRAINT break_once DO NOTHING`,
};

/** Purchases, what was paid for them or taken back, and the breaks that entries show. Adds the statements under way. */
export function writePurchases(connection: LedgerConnection, { entry, effects }: Booked, writes: Promise<unknown>[]): void {
  const { accountId, seq } = entry;
  const { purchase, payment, paymentReversal, break: found } = effects;
  if (purchase !== undefined) {
    const placed = entry.type === 'purchase';
    writes.push(connection.run(placed ? PLACED_PURCHASE : PURCHASE, placed ? termsOf(accountId, purchase) : standingOf(accountId, purchase)));
  }
  if (payment !== undefined) writes.push(connection.run(PAYMENT, paymentValues(accountId, seq, payment)));
  if (paymentReversal !== undefined) writes.push(connection.run(REVERSAL, reversalValues(accountId, seq, paymentReversal.reversal)));
  if (found !== undefined) writes.push(connection.run(BREAK, breakValues(accountId, seq, found, entry.recordedAt)));
}

function termsOf(accountId: string, purchase: Purchase): (string | null)[] {
  const { currency } = purchase;
  return [
    accountId,
    purchase.purchaseId,
    purchase.orderFormId,
    purchase.placedBy,
    formatCredits(purchase.credits),
    purchase.unitPrice,
    currency,
    formatMoney(purchase.price, currency),
    formatMoney(purchase.tax, currency),
    purchase.cardId,
    purchase.rateVersion,
    instantText(purchase.purchasedAt),
    purchase.state,
    formatMoney(purchase.paid, currency),
    instantText(purchase.paymentDueAt),
    purchase.priceVersion,
  ];
}

function standingOf(accountId: string, { purchaseId, state, currency, ...money }: Purchase): string[] {
  const figures = [money.paid, money.withheld, money.writtenOff, money.reversed];
  return [accountId, purchaseId, state, ...figures.map((figure) => formatMoney(figure, currency))];
}

function paymentValues(accountId: string, seq: number, payment: Payment): (string | number)[] {
  const { provider, providerPaymentId, purchaseId, amount, currency, receivedAt, excess } = payment;
  const money = formatMoney(amount, currency);
  return [provider, providerPaymentId, accountId, seq, purchaseId, money, currency, instantText(receivedAt), formatMoney(excess, currency)];
}

function reversalValues(accountId: string, seq: number, reversal: PaymentReversal): (string | number)[] {
  const { provider, reversalId, providerPaymentId, purchaseId, amount, currency, reversedAt } = reversal;
  return [provider, reversalId, providerPaymentId, accountId, seq, purchaseId, formatMoney(amount, currency), currency, instantText(reversedAt)];
}

function breakValues(accountId: string, seq: number, found: BreakDraft, openedAt: number): (string | number | null)[] {
  const { kind, reference, money, credits, evidence } = found;
  return [
    breakId(found),
    kind,
    reference,
    accountId,
    seq,
    money === null ? null : formatMoney(money.amount, money.currency),
    money?.currency ?? null,
    credits === null ? null : formatCredits(credits),
    canonicalJson(evidence),
    instantText(openedAt),
  ];
}
