import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { addDays, endOfDay, instantText, localDate } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { PlacePurchase, VoidPurchase } from './buying-commands.js';
import type { OrderedPurchase } from './command.js';
import { governingOrderForm, type Contract, type OrderForm } from './contract.js';
import { ZERO, formatCredits, type Amount } from './credits.js';
import type { EntryDraft, Origin } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { formatMoney, priceOf } from './money.js';
import { currentPrice, type CurrentPrice, type PriceVersion } from './price.js';
import { NOTHING_PAID, type Purchase } from './purchase.js';
import { isStale, purchaseTerms, type PurchaseTerms } from './quote.js';
import { termAt } from './term.js';

/** P4: more can be bought at any time in the Term at the then-current prices and rates; P6: by the licensee's own act. */
export function decidePurchase(state: AccountState, command: PlacePurchase, context: Context): Booking[] | Refusal {
  const { quote } = command;
  if (state.purchases.has(command.purchaseId)) {
    return refusal('purchase-exists', 'This purchase was placed already.', { data: { purchaseId: command.purchaseId } });
  }
  const at = Math.max(context.now, state.lastRecordedAt);
  const offered = offer(state, command, at);
  if ('code' in offered) return offered;
  const { form, terms } = offered;
  if (quote !== undefined && isStale(quote, at, terms)) {
    return refusal('quote-expired', 'The quote does not stand any more. Ask for another one: it is never repriced.', {
      data: { expiresAt: instantText(quote.expiresAt) },
    });
  }
  return [placing(form, terms, command.purchaseId, 'account', at, command)];
}

export interface PurchaseWish {
  /** Null: the governing order form. */
  readonly orderFormId: string | null;
  readonly credits: Amount;
  readonly prices?: readonly PriceVersion[];
}

/** What a purchase by the licensee itself would come to at an instant, or why there can be none. */
export function offer(state: AccountState, wish: PurchaseWish, at: number): { readonly form: OrderForm; readonly terms: PurchaseTerms } | Refusal {
  const { contract } = state;
  const form =
    wish.orderFormId === null ? governingOrderForm(contract, at) : contract.orderForms.find((other) => other.orderFormId === wish.orderFormId);
  if (form === undefined || form === null) {
    return refusal('order-form-not-found', 'This account has signed no such order form.', { pointer: '/orderFormId' });
  }
  const term = termAt(contract, at);
  if (term === null || at < term.from || at >= term.until) {
    return refusal('term-ended', 'Credits are bought within the Term of the account.');
  }
  const terms = purchaseTerms(contract, form, wish.credits, at, currentPrice(form, wish.prices ?? [], at));
  return terms.price.isZero() ? withoutPrice() : { form, terms };
}

/** P3: what costs nothing can never be paid, and so never be allocated; credits without a price are a grant. */
export function isWithoutPrice(form: OrderForm, credits: Amount): boolean {
  return priceOf(credits, form.unitPrice, form.currency).isZero();
}

export function withoutPrice(): Refusal {
  return refusal('price-rounds-to-zero', 'The price of these credits rounds to nothing. Buy more, or have them granted.', { pointer: '/credits' });
}

/** What a signed order form itself contains is placed at the form's own price. */
export function placement(contract: Contract, form: OrderForm, ordered: OrderedPurchase, at: number, origin: Origin): Booking {
  const own: CurrentPrice = { unitPrice: form.unitPrice, priceVersion: null };
  return placing(form, purchaseTerms(contract, form, ordered.credits, at, own), ordered.purchaseId, 'order-form', at, origin);
}

/** The entry that places a purchase, with everything frozen: credits, unit price, tax, currency and rate version (SPEC 7). */
function placing(
  form: OrderForm,
  terms: PurchaseTerms,
  purchaseId: string,
  placedBy: Purchase['placedBy'],
  at: number,
  origin: Origin,
): Booking {
  const { currency, rateVersion } = terms;
  const purchase: Purchase = {
    ...terms,
    ...NOTHING_PAID,
    purchaseId,
    placedBy,
    purchasedAt: at,
    paymentDueAt: endOfDay(addDays(localDate(at, form.timeZone), form.paymentDueDays), form.timeZone),
    state: 'awaiting_payment',
  };
  const detail = canonicalJson({
    cardId: terms.cardId,
    credits: formatCredits(terms.credits),
    currency,
    orderFormId: terms.orderFormId,
    paymentDueAt: instantText(purchase.paymentDueAt),
    placedBy,
    price: formatMoney(terms.price, currency),
    priceVersion: terms.priceVersion,
    purchasedAt: instantText(at),
    rateVersion,
    tax: formatMoney(terms.tax, currency),
    unitPrice: terms.unitPrice,
  });
  return {
    draft: { ...plain(origin), type: 'purchase', occurredAt: at, subject: purchaseId, rateVersion, detail },
    effects: { purchase },
  };
}

/** P4: a purchase is final. An operator can void one only while nothing was received for it (SPEC 2). */
export function decideVoiding(state: AccountState, command: VoidPurchase, context: Context): Booking[] | Refusal {
  const purchase = state.purchases.get(command.purchaseId);
  if (purchase === undefined) return purchaseNotFound();
  const nothingReceived = purchase.paid.isZero() && purchase.withheld.isZero();
  if (!nothingReceived) {
    return refusal('purchase-final', 'Something was received for this purchase: it is final.', { data: { clause: 'P4' } });
  }
  if (purchase.state !== 'awaiting_payment' && purchase.state !== 'overdue') {
    return refusal('purchase-not-payable', `The purchase is ${purchase.state}: there is nothing to void.`, { data: { state: purchase.state } });
  }
  return [
    {
      draft: {
        ...plain(command),
        type: 'purchase-voided',
        occurredAt: context.now,
        subject: purchase.purchaseId,
        detail: canonicalJson({ clause: 'P4', reason: command.reason }),
      },
      effects: { purchase: { ...purchase, state: 'voided' } },
    },
  ];
}

export function purchaseNotFound(): Refusal {
  return refusal('purchase-not-found', 'This account has no such purchase.', { pointer: '/purchaseId' });
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
