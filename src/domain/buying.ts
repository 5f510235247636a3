import type { AccountState } from './account-state.js';
import { OWN_LOT, type Booking, type Context } from './booking.js';
import { addDays, endOfDay, instantText, localDate } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { OrderedPurchase, PlacePurchase, QuotedTerms, RecordPayment } from './command.js';
import { governingOrderForm, priorityOf, versionForPurchase, type Contract, type OrderForm } from './contract.js';
import { ZERO, formatCredits, type Amount } from './credits.js';
import type { EntryDraft, Origin } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { lotDetail } from './grant.js';
import { shortDigest } from './hash-chain.js';
import { formatMoney, priceOf, taxOf } from './money.js';
import { amountDue, paymentKey, type Purchase } from './purchase.js';
import { rateVersionId } from './rate.js';
import { termAt } from './term.js';

/** P4: more can be bought at any time in the Term at the then-current rates; P6: by the licensee's own act. */
export function decidePurchase(state: AccountState, command: PlacePurchase, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const form =
    command.orderFormId === null
      ? governingOrderForm(contract, context.now)
      : contract.orderForms.find((other) => other.orderFormId === command.orderFormId);
  if (form === undefined || form === null) {
    return refusal('order-form-not-found', 'This account has signed no such order form.', { pointer: '/orderFormId' });
  }
  const term = termAt(contract, context.now);
  if (term === null || context.now < term.from || context.now >= term.until) {
    return refusal('term-ended', 'Credits are bought within the Term of the account.');
  }
  if (isWithoutPrice(form, command.credits)) return withoutPrice();
  const at = Math.max(context.now, state.lastRecordedAt);
  const placed = placement(contract, form, command, 'account', at, command);
  return command.quoted === undefined || stillHolds(command.quoted, placed.effects.purchase, at) ? [placed] : quoteEnded();
}

/** How long a quote may be relied on. */
const QUOTE_MS = 15 * 60_000;

/** What a purchase placed now would be; SPEC 7: a quote with an expiry. Nothing is placed. */
export function quotePurchase(state: AccountState, command: PlacePurchase, context: Context): { purchase: Purchase; expiresAt: number } | Refusal {
  const decided = decidePurchase(state, command, context);
  if ('code' in decided) return decided;
  const purchase = decided[0]?.effects?.purchase;
  if (purchase === undefined) throw new Error('a purchase was decided on without one');
  return { purchase, expiresAt: purchase.purchasedAt + QUOTE_MS };
}

function stillHolds(quoted: QuotedTerms, purchase: Purchase, at: number): boolean {
  const { currency, rateVersion } = purchase;
  return (
    at < quoted.expiresAt &&
    quoted.expiresAt <= at + QUOTE_MS &&
    quoted.currency === currency &&
    quoted.rateVersion === rateVersion &&
    quoted.price === formatMoney(purchase.price, currency) &&
    quoted.tax === formatMoney(purchase.tax, currency)
  );
}

function quoteEnded(): Refusal {
  return refusal('purchase-quote-ended', 'The quote has expired, or price, tax or rates are others now. Ask for a new one; nothing was placed.', { pointer: '/quoted' });
}

/** P3: what costs nothing can never be paid, and so never be allocated; credits without a price are a grant. */
export function isWithoutPrice(form: OrderForm, credits: Amount): boolean {
  return priceOf(credits, form.unitPrice, form.currency).isZero();
}

export function withoutPrice(): Refusal {
  return refusal('price-rounds-to-zero', 'The price of these credits rounds to nothing. Buy more, or have them granted.', { pointer: '/credits' });
}

/** The entry that places a purchase, with everything frozen: credits, unit price, tax, currency and rate version (SPEC 7). */
export function placement(
  contract: Contract,
  form: OrderForm,
  ordered: OrderedPurchase,
  placedBy: Purchase['placedBy'],
  at: number,
  origin: Origin,
): Booking & { readonly effects: { readonly purchase: Purchase } } {
  const price = priceOf(ordered.credits, form.unitPrice, form.currency);
  const tax = taxOf(price, form.taxRate, form.currency);
  const rateVersion = rateVersionId(form.cardId, versionForPurchase(contract, form, at));
  const purchase: Purchase = {
    purchaseId: ordered.purchaseId,
    orderFormId: form.orderFormId,
    placedBy,
    credits: ordered.credits,
    unitPrice: form.unitPrice,
    currency: form.currency,
    price,
    tax,
    cardId: form.cardId,
    rateVersion,
    purchasedAt: at,
    paymentDueAt: endOfDay(addDays(localDate(at, form.timeZone), form.paymentDueDays), form.timeZone),
    state: 'awaiting_payment',
    paid: ZERO,
  };
  const detail = canonicalJson({
    cardId: form.cardId,
    credits: formatCredits(ordered.credits),
    currency: form.currency,
    orderFormId: form.orderFormId,
    paymentDueAt: instantText(purchase.paymentDueAt),
    placedBy,
    price: formatMoney(price, form.currency),
    purchasedAt: instantText(at),
    rateVersion,
    tax: formatMoney(tax, form.currency),
    unitPrice: form.unitPrice,
  });
  return {
    draft: { ...plain(origin), type: 'purchase', occurredAt: at, subject: ordered.purchaseId, rateVersion, detail },
    effects: { purchase },
  };
}

/** P3: credits are allocated when payment has been received, in the transaction that makes the purchase fully paid. */
export function decidePayment(state: AccountState, command: RecordPayment, context: Context): Booking[] | Refusal {
  const known = state.payments.get(paymentKey(command.provider, command.providerPaymentId));
  if (known !== undefined) {
    return refusal(
      'payment-conflict',
      'The provider’s transaction id is already on record under another idempotency key. It is booked once.',
      { pointer: '/providerPaymentId', data: { purchaseId: known.purchaseId, amount: formatMoney(known.amount, known.currency) } },
    );
  }
  const purchase = state.purchases.get(command.purchaseId);
  if (purchase === undefined) {
    return refusal('purchase-not-found', 'This account has no such purchase.', { pointer: '/purchaseId' });
  }
  // `receivedAt` governs due dates: what was received in time and recorded late was no lapse (SPEC 7).
  const inTime = purchase.state === 'lapsed' && command.receivedAt < purchase.paymentDueAt;
  if (!inTime && purchase.state !== 'awaiting_payment' && purchase.state !== 'partially_paid' && purchase.state !== 'overdue') {
    return refusal('purchase-not-payable', `The purchase is ${purchase.state}: nothing is owed for it.`, {
      pointer: '/purchaseId',
      data: { state: purchase.state },
    });
  }
  if (purchase.currency !== command.currency) {
    return refusal('currency-mismatch', `The purchase was placed in ${purchase.currency}.`, { pointer: '/currency' });
  }
  const paid = purchase.paid.add(command.amount);
  const due = amountDue(purchase);
  if (paid.gt(due)) {
    return refusal('payment-exceeds-price', 'The payment is more than what is still owed.', {
      pointer: '/amount',
      data: { owed: formatMoney(due.sub(purchase.paid), purchase.currency) },
    });
  }
  const full = paid.eq(due);
  // What is overdue stays so until it is paid in full.
  const part = purchase.state === 'overdue' ? 'overdue' : 'partially_paid';
  const after: Purchase = { ...purchase, paid, state: full ? 'allocated' : part };
  const detail = canonicalJson({
    allocated: full,
    amount: formatMoney(command.amount, command.currency),
    currency: command.currency,
    owed: formatMoney(due.sub(paid), purchase.currency),
    provider: command.provider,
    providerPaymentId: command.providerPaymentId,
    receivedAt: instantText(command.receivedAt),
  });
  const { provider, providerPaymentId, purchaseId, amount, currency, receivedAt } = command;
  const payment: Booking = {
    draft: { ...plain(command), type: 'payment', occurredAt: command.receivedAt, subject: purchaseId, detail },
    effects: { purchase: after, payment: { provider, providerPaymentId, purchaseId, amount, currency, receivedAt } },
  };
  return full ? [payment, allocation(state, after, command, context)] : [payment];
}

function allocation(state: AccountState, purchase: Purchase, command: RecordPayment, context: Context): Booking {
  const form = governingOrderForm(state.contract, context.now);
  if (form === null) throw new Error(`purchase ${purchase.purchaseId} without an order form`);
  const lot = {
    kind: 'purchase' as const,
    cardId: purchase.cardId,
    rateVersion: purchase.rateVersion,
    unitPrice: purchase.unitPrice,
    currency: purchase.currency,
    purchaseId: purchase.purchaseId,
    orderFormId: purchase.orderFormId,
    allocatedAt: Math.max(context.now, state.lastRecordedAt),
    validUntil: null,
    priority: priorityOf(state.contract, 'purchase') ?? form.priority.purchase,
  };
  return {
    draft: {
      ...plain(command),
      type: 'allocation',
      // Together with the unique purchase of a lot: allocated once, whatever is sent and however often.
      keyDigest: shortDigest(`sys:allocation:${purchase.purchaseId}`),
      fingerprint: null,
      occurredAt: lot.allocatedAt,
      subject: purchase.purchaseId,
      cites: state.seq + 1,
      credits: purchase.credits,
      rateVersion: purchase.rateVersion,
      detail: canonicalJson(lotDetail(lot)),
      postings: [
        {
          lotId: OWN_LOT,
          from: 'issued',
          to: 'available',
          credits: purchase.credits,
          rateVersion: purchase.rateVersion,
          share: null,
        },
      ],
    },
    opens: lot,
  };
}

/** An entry that moves no credits and cites nothing. */
export function plain(origin: Origin): Omit<EntryDraft, 'type' | 'occurredAt' | 'subject' | 'detail'> {
  return {
    keyDigest: origin.keyDigest,
    fingerprint: origin.fingerprint,
    actor: origin.actor,
    feature: null,
    cites: null,
    credits: ZERO,
    unfunded: null,
    rateVersion: null,
    endUser: null,
    metadata: null,
    postings: [],
  };
}
