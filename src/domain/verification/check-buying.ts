import { addDays, endOfDay, instantText, localDate } from '../calendar.js';
import { versionForPurchase } from '../contract.js';
import { ZERO, amount, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { shortDigest } from '../hash-chain.js';
import { formatMoney, priceOf, taxOf } from '../money.js';
import { NEVER_DUE, amountDue, type Purchase } from '../purchase.js';
import { rateVersionId } from '../rate.js';
import { sameInstant } from './check-agreement.js';
import { sameDecimal } from './check-issue.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, type PaymentRow, type Replay } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** What a purchase froze follows from its order form: price, tax and the rates in force for this account (SPEC 7). */
export function checkPurchase(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const text = (name: string): string => member(detail, name) ?? '';
  const purchase: Purchase = {
    purchaseId: entry.subject ?? '',
    orderFormId: text('orderFormId'),
    placedBy: text('placedBy') === 'order-form' ? 'order-form' : 'account',
    credits: amount(text('credits')),
    unitPrice: text('unitPrice'),
    currency: text('currency'),
    price: amount(text('price')),
    tax: amount(text('tax')),
    cardId: text('cardId'),
    rateVersion: text('rateVersion'),
    purchasedAt: Date.parse(text('purchasedAt')),
    paymentDueAt: member(detail, 'paymentDueAt') === null ? NEVER_DUE : Date.parse(text('paymentDueAt')),
    state: 'awaiting_payment',
    paid: ZERO,
  };
  if (replay.purchases.has(purchase.purchaseId)) findings.differ(at, 'purchase', 'placed once', purchase.purchaseId);
  replay.purchases.set(purchase.purchaseId, { purchase, paidBy: null, lotId: null });
  lowerDue(replay, purchase.paymentDueAt);
  if (purchase.placedBy === 'order-form') {
    findings.same(at, 'idempotency key', shortDigest(`sys:purchase:${purchase.purchaseId}`), entry.keyDigest);
  } else if (entry.fingerprint === null) {
    findings.differ(at, 'fingerprint of the request', 'its digest', null);
  }
  sameInstant(findings, at, 'purchasedAt', entry.recordedAt, purchase.purchasedAt);
  findings.same(at, 'rate version', purchase.rateVersion, entry.rateVersion);
  const form = replay.contract.orderForms.find((other) => other.orderFormId === purchase.orderFormId);
  if (form === undefined) {
    findings.differ(at, 'order form of the purchase', 'a signed one', purchase.orderFormId);
    return;
  }
  const price = priceOf(purchase.credits, form.unitPrice, form.currency);
  if (!sameDecimal(form.unitPrice, purchase.unitPrice)) findings.differ(at, 'unit price', form.unitPrice, purchase.unitPrice);
  findings.same(at, 'currency', form.currency, purchase.currency);
  findings.same(at, 'price', formatMoney(price, form.currency), text('price'));
  findings.same(at, 'tax', formatMoney(taxOf(price, form.taxRate, form.currency), form.currency), text('tax'));
  if (purchase.paymentDueAt !== NEVER_DUE) {
    const lastDay = addDays(localDate(purchase.purchasedAt, form.timeZone), form.paymentDueDays);
    sameInstant(findings, at, 'end of the time for payment', endOfDay(lastDay, form.timeZone), purchase.paymentDueAt);
  }
  const version = versionForPurchase(replay.contract, form, purchase.purchasedAt);
  findings.same(at, 'rate version of the purchase', rateVersionId(form.cardId, version), purchase.rateVersion);
}

/** A payment is for a purchase of the account, in its currency, never more than is owed, and on record once (P3). */
export function checkPayment(replay: Replay, entry: Entry, detail: Detail, row: PaymentRow | null, findings: Findings): void {
  const at = atEntry(entry);
  const text = (name: string): string => member(detail, name) ?? '';
  const received = amount(text('amount'));
  checkRow(replay, entry, detail, row, findings);
  sameInstant(findings, at, 'receivedAt', entry.occurredAt, Date.parse(text('receivedAt')));
  const bought = replay.purchases.get(entry.subject ?? '');
  if (bought === undefined) {
    findings.differ(at, 'purchase', 'one that was placed before', entry.subject);
    return;
  }
  const { purchase } = bought;
  const due = amountDue(purchase);
  const paid = purchase.paid.add(received);
  const full = paid.gte(due);
  findings.same(at, 'currency', purchase.currency, text('currency'));
  if (bought.paidBy !== null || paid.gt(due)) {
    findings.differ(at, 'amount', `at most ${formatMoney(due.sub(purchase.paid), purchase.currency)}`, text('amount'));
  }
  const owed: Amount = due.sub(paid);
  findings.same(at, 'amount still owed', formatMoney(owed, purchase.currency), text('owed'));
  findings.same(at, 'allocated', full, detail['allocated'] as boolean);
  if (full) bought.paidBy ??= entry.seq;
  if (purchase.state === 'lapsed' && entry.occurredAt >= purchase.paymentDueAt) {
    findings.differ(at, 'receivedAt', `before ${instantText(purchase.paymentDueAt)}`, instantText(entry.occurredAt));
  }
  const part = purchase.state === 'overdue' ? 'overdue' : 'partially_paid';
  bought.purchase = { ...purchase, paid, state: full ? 'allocated' : part };
}

/** P3: a purchase lapses or is overdue only once its time for payment is over, and by who placed it (SPEC 7). */
export function checkUnpaid(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const bought = replay.purchases.get(entry.subject ?? '');
  if (bought === undefined) {
    findings.differ(at, 'purchase', 'one that was placed before', entry.subject);
    return;
  }
  const { purchase } = bought;
  const signed = purchase.placedBy === 'order-form';
  const state = signed ? 'overdue' : 'lapsed';
  findings.same(at, 'type', `purchase-${state}`, entry.type);
  const waits = purchase.state === 'awaiting_payment' || (purchase.state === 'partially_paid' && signed);
  if (!waits) findings.differ(at, 'state of the purchase', 'awaiting_payment', purchase.state);
  sameInstant(findings, at, 'end of the time for payment', purchase.paymentDueAt, entry.occurredAt);
  if (entry.recordedAt < purchase.paymentDueAt) {
    findings.differ(at, 'recordedAt', `at least ${instantText(purchase.paymentDueAt)}`, instantText(entry.recordedAt));
  }
  findings.same(at, 'paid', formatMoney(purchase.paid, purchase.currency), member(detail, 'paid'));
  bought.purchase = { ...purchase, state };
}

function checkRow(replay: Replay, entry: Entry, detail: Detail, row: PaymentRow | null, findings: Findings): void {
  const at = atEntry(entry);
  if (row === null) {
    findings.differ(at, 'payment', `${member(detail, 'provider') ?? ''} ${member(detail, 'providerPaymentId') ?? ''}`, 'no row');
    return;
  }
  const name = `payment ${row.provider} ${row.providerPaymentId}`;
  findings.same(name, 'account', replay.accountId, row.accountId);
  findings.same(name, 'entry', entry.seq, row.seq);
  findings.same(name, 'purchase', entry.subject, row.purchaseId);
  findings.same(name, 'currency', member(detail, 'currency'), row.currency);
  const expected = amount(member(detail, 'amount') ?? '0');
  if (!expected.eq(row.amount)) findings.differ(name, 'amount', expected, row.amount);
  sameInstant(findings, name, 'receivedAt', entry.occurredAt, row.receivedAt);
}
