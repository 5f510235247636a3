import type { LedgerConnection } from '../connection.js';
import type { Booked } from '../../domain/booking.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import { LOT_KINDS } from '../../domain/lot.js';
import { formatMoney } from '../../domain/money.js';
import { PlainColumn, TextColumn } from './array-literal.js';
import { writeAlertRules, writeLastPurchase } from './write-alerts.js';
import { writeCorrections } from './write-corrections.js';

const METADATA = {
  name: 'insert-metadata',
  text: `INSERT INTO entry_metadata (account_id, seq, salt, content)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::json[])`,
};
const ORDER_FORM = {
  name: 'insert-order-form',
  text: `INSERT INTO order_form (account_id, order_form_id, seq, number, card_id, signed_at, document)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};
/** The burn order that the form asks for holds for every lot (SPEC 9). Nothing is written where it is the same. */
const PRIORITIES = {
  name: 'update-priorities',
  text: `UPDATE lot SET priority = n.priority
    FROM unnest(ARRAY['purchase', 'trial', 'promotional', 'adjustment'], ARRAY[$2, $3, $4, $5]::smallint[]) AS n (kind, priority)
    WHERE lot.account_id = $1 AND lot.kind = n.kind AND lot.priority <> n.priority`,
};
const NOTICE = {
  name: 'insert-rate-notice',
  text: `INSERT INTO rate_notice (account_id, notice_id, card_id, version, effective_date, announced_on, content)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};
const DELIVERY = {
  name: 'deliver-rate-notice',
  text: 'UPDATE rate_notice SET delivered_on = $3, deliveries = $4 WHERE account_id = $1 AND notice_id = $2',
};
const PLACED_PURCHASE = {
  name: 'insert-purchase',
  text: `INSERT INTO purchase (account_id, purchase_id, order_form_id, placed_by, credits, unit_price, currency, price, tax, card_id,
      rate_version, purchased_at, state, paid, payment_due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
};
const PURCHASE = {
  name: 'update-purchase',
  text: 'UPDATE purchase SET state = $3, paid = $4 WHERE account_id = $1 AND purchase_id = $2',
};
const PAYMENT = {
  name: 'insert-payment',
  text: `INSERT INTO payment (provider, provider_payment_id, account_id, seq, purchase_id, amount, currency, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
};

/** Free metadata, apart from the entries that commit to it. */
export async function insertMetadata(connection: LedgerConnection, booked: readonly Booked[]): Promise<void> {
  const account = new TextColumn();
  const seq = new PlainColumn();
  const salt = new TextColumn();
  const content = new TextColumn();
  for (const { entry, metadata } of booked) {
    if (metadata === null) continue;
    account.add(entry.accountId);
    seq.add(entry.seq);
    salt.add(metadata.salt);
    content.add(metadata.text);
  }
  await connection.run(METADATA, [account, seq, salt, content].map(String));
}

/** What entries change besides lots and balances: rare, hence a statement each. Returns the statements under way. */
export function writeEffects(connection: LedgerConnection, booked: Booked): Promise<unknown>[] {
  const { entry, effects } = booked;
  const { accountId, seq } = entry;
  const writes: Promise<unknown>[] = [];
  const { orderForm, announced, delivered, purchase, payment } = effects;
  if (orderForm !== undefined) {
    const { form, document } = orderForm;
    const values = [accountId, form.orderFormId, seq, form.number, form.cardId, instantText(form.signedAt), document];
    writes.push(connection.run(ORDER_FORM, values));
    writes.push(connection.run(PRIORITIES, [accountId, ...LOT_KINDS.map((kind) => form.priority[kind])]));
  }
  if (announced !== undefined) {
    const { noticeId, cardId, version, effectiveDate } = announced.version;
    writes.push(connection.run(NOTICE, [accountId, noticeId, cardId, version, effectiveDate, announced.version.announcedOn, announced.text]));
  }
  if (delivered !== undefined) {
    const { noticeId, deliveredOn, deliveries } = delivered;
    writes.push(connection.run(DELIVERY, [accountId, noticeId, deliveredOn, JSON.stringify(deliveries)]));
  }
  if (purchase !== undefined && entry.type !== 'purchase') {
    const paid = formatMoney(purchase.paid, purchase.currency);
    writes.push(connection.run(PURCHASE, [accountId, purchase.purchaseId, purchase.state, paid]));
  } else if (purchase !== undefined) {
    const values = [
      accountId,
      purchase.purchaseId,
      purchase.orderFormId,
      purchase.placedBy,
      formatCredits(purchase.credits),
      purchase.unitPrice,
      purchase.currency,
      formatMoney(purchase.price, purchase.currency),
      formatMoney(purchase.tax, purchase.currency),
      purchase.cardId,
      purchase.rateVersion,
      instantText(purchase.purchasedAt),
      purchase.state,
      formatMoney(purchase.paid, purchase.currency),
      instantText(purchase.paymentDueAt),
    ];
    writes.push(connection.run(PLACED_PURCHASE, values));
  }
  if (payment !== undefined) {
    const values = [
      payment.provider,
      payment.providerPaymentId,
      accountId,
      seq,
      payment.purchaseId,
      formatMoney(payment.amount, payment.currency),
      payment.currency,
      instantText(payment.receivedAt),
    ];
    writes.push(connection.run(PAYMENT, values));
  }
  if (entry.type === 'allocation') writes.push(writeLastPurchase(connection, entry));
  if (effects.alertRules !== undefined) writes.push(writeAlertRules(connection, accountId, seq, effects.alertRules));
  writeCorrections(connection, booked, writes);
  return writes;
}
