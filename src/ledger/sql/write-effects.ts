import type { LedgerConnection } from '../connection.js';
import type { Booked } from '../../domain/booking.js';
import { instantText } from '../../domain/calendar.js';
import { LOT_KINDS } from '../../domain/lot.js';
import { PlainColumn, TextColumn } from './array-literal.js';
import { writeAlertRules, writeLastPurchase } from './write-alerts.js';
import { writeCorrections } from './write-corrections.js';
import { writePurchases } from './write-purchases.js';
import { writePeriods } from './write-periods.js';

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
  text: 'UPDATE rate_notice SET delivered_on = $3, deliveries = $4, withdrawn = $5 WHERE account_id = $1 AND notice_id = $2',
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
  const { orderForm, announced, delivered } = effects;
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
    const { noticeId, deliveredOn, deliveries, withdrawn } = delivered;
    writes.push(connection.run(DELIVERY, [accountId, noticeId, deliveredOn, JSON.stringify(deliveries), String(withdrawn)]));
  }
  if (entry.type === 'allocation') writes.push(writeLastPurchase(connection, entry));
  if (effects.alertRules !== undefined) writes.push(writeAlertRules(connection, accountId, seq, effects.alertRules));
  writePurchases(connection, booked, writes);
  writeCorrections(connection, booked, writes);
  writePeriods(connection, booked, writes);
  return writes;
}
