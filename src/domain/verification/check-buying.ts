import { addDays, endOfDay, instantText, localDate } from '../calendar.js';
import { versionForPurchase } from '../contract.js';
import { amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { shortDigest } from '../hash-chain.js';
import { formatMoney, priceOf, taxOf } from '../money.js';
import { currentPrice } from '../price.js';
import { NEVER_DUE, NOTHING_PAID, type Purchase } from '../purchase.js';
import { rateVersionId } from '../rate.js';
import { sameInstant } from './check-agreement.js';
import { sameDecimal } from './check-issue.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, type Replay } from './replay.js';

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
    priceVersion: member(detail, 'priceVersion'),
    ...NOTHING_PAID,
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
  // What a signed form itself contains costs what the form says; what is bought later, the then-current price (P4).
  const current =
    purchase.placedBy === 'order-form' ? { unitPrice: form.unitPrice, priceVersion: null } : currentPrice(form, replay.prices, purchase.purchasedAt);
  const price = priceOf(purchase.credits, current.unitPrice, form.currency);
  if (!sameDecimal(current.unitPrice, purchase.unitPrice)) findings.differ(at, 'unit price', current.unitPrice, purchase.unitPrice);
  findings.same(at, 'price version', current.priceVersion, purchase.priceVersion);
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

/** P4: an operator voids a purchase only while nothing was received for it. */
export function checkVoided(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const bought = replay.purchases.get(entry.subject ?? '');
  if (bought === undefined) {
    findings.differ(at, 'purchase', 'one that was placed before', entry.subject);
    return;
  }
  const { purchase } = bought;
  if (purchase.state !== 'awaiting_payment' && purchase.state !== 'overdue') {
    findings.differ(at, 'state of the purchase', 'awaiting_payment or overdue', purchase.state);
  }
  const received = purchase.paid.add(purchase.withheld);
  if (!received.isZero()) findings.differ(at, 'money received for the purchase', '0', received);
  if (member(detail, 'reason') === null) findings.differ(at, 'reason', 'one', null);
  bought.purchase = { ...purchase, state: 'voided' };
}
