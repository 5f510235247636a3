import { versionForPurchase, type Contract, type OrderForm } from './contract.js';
import type { Amount } from './credits.js';
import { priceOf, taxOf } from './money.js';
import type { CurrentPrice } from './price.js';
import type { Purchase } from './purchase.js';
import { rateVersionId } from './rate.js';

/** What a purchase freezes when it is placed (SPEC 7). */
export type PurchaseTerms = Pick<
  Purchase,
  'orderFormId' | 'credits' | 'unitPrice' | 'priceVersion' | 'currency' | 'price' | 'tax' | 'cardId' | 'rateVersion'
>;

/** The terms of a purchase, as they were offered until `expiresAt` (excluded). */
export interface PurchaseQuote extends PurchaseTerms {
  readonly quoteId: string;
  readonly quotedAt: number;
  readonly expiresAt: number;
}

export const QUOTE_VALID_MS = 24 * 3_600_000;

/** What buying these credits at an instant comes to, at a price, with the rates in force for this account (P2, P4, P8). */
export function purchaseTerms(contract: Contract, form: OrderForm, credits: Amount, at: number, current: CurrentPrice): PurchaseTerms {
  const price = priceOf(credits, current.unitPrice, form.currency);
  return {
    orderFormId: form.orderFormId,
    credits,
    unitPrice: current.unitPrice,
    priceVersion: current.priceVersion,
    currency: form.currency,
    price,
    tax: taxOf(price, form.taxRate, form.currency),
    cardId: form.cardId,
    rateVersion: rateVersionId(form.cardId, versionForPurchase(contract, form, at)),
  };
}

/**
 * A quote is placed as it stands or not at all: it is stale when its time is over, and when the same purchase would come to
 * something else by now, because a price or a rate version came into force.
 */
export function isStale(quote: PurchaseQuote, now: number, terms: PurchaseTerms): boolean {
  return (
    now >= quote.expiresAt ||
    quote.orderFormId !== terms.orderFormId ||
    quote.rateVersion !== terms.rateVersion ||
    quote.currency !== terms.currency ||
    !quote.credits.eq(terms.credits) ||
    !quote.price.eq(terms.price) ||
    !quote.tax.eq(terms.tax)
  );
}
