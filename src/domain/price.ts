import { localDate } from './calendar.js';
import type { OrderForm } from './contract.js';

/** One version of a card's price list in a currency: what a credit costs from a day on, exclusive of tax (P4, P8). */
export interface PriceVersion {
  readonly cardId: string;
  readonly currency: string;
  readonly version: number;
  /** First calendar day, in the zone of whoever buys. */
  readonly effectiveDate: string;
  /** Up to 12 places, > 0. */
  readonly unitPrice: string;
}

/** Days between the making of a version (in UTC) and its first day at least: no zone's calendar is further ahead. */
export const PRICE_NOTICE_DAYS = 2;

export function priceVersionId({ cardId, currency, version }: PriceVersion): string {
  return `${cardId}/${currency}@${version}`;
}

export interface CurrentPrice {
  readonly unitPrice: string;
  /** Null: the order form's own price. */
  readonly priceVersion: string | null;
}

/**
 * What a credit costs under an order form at an instant: the then-current price of its card and currency (P4), the highest
 * version in force; the form's own price where it says so, or where the card has none in its currency.
 */
export function currentPrice(form: OrderForm, prices: readonly PriceVersion[], instant: number): CurrentPrice {
  const own: CurrentPrice = { unitPrice: form.unitPrice, priceVersion: null };
  if (form.laterPrices === 'order-form') return own;
  const today = localDate(instant, form.timeZone);
  const inForce = prices
    .filter(({ cardId, currency, effectiveDate }) => cardId === form.cardId && currency === form.currency && effectiveDate <= today)
    .sort((a, b) => b.version - a.version)[0];
  return inForce === undefined ? own : { unitPrice: inForce.unitPrice, priceVersion: priceVersionId(inForce) };
}
