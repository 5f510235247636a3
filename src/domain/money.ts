import { Decimal } from 'decimal.js';
import { Exact, type Amount } from './credits.js';

/** Money: a decimal at the currency's own scale (JPY 0, EUR 2, KWD 3), always with its ISO 4217 currency. */
const scales = new Map<string, number>();
const known = new Set(Intl.supportedValuesOf('currency'));

export function isCurrency(code: string): boolean {
  return known.has(code);
}

/** Minor-unit digits of an ISO 4217 currency. */
export function currencyScale(currency: string): number {
  let scale = scales.get(currency);
  if (scale === undefined) {
    scale = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    scales.set(currency, scale);
  }
  return scale;
}

/** Whether the text is an amount >= 0 of that currency: a plain decimal with no more digits than the currency has. */
export function isMoney(text: string, currency: string): boolean {
  const scale = currencyScale(currency);
  const fraction = scale === 0 ? '' : `(?:\\.\\d{1,${scale}})?`;
  return new RegExp(`^(0|[1-9]\\d{0,17})${fraction}$`).test(text);
}

export function formatMoney(value: Amount, currency: string): string {
  return value.toFixed(currencyScale(currency));
}

/** Rounds a computed price or tax half-even to the currency's scale. */
export function roundMoney(value: Amount, currency: string): Amount {
  return value.toDecimalPlaces(currencyScale(currency), Decimal.ROUND_HALF_EVEN);
}

/** credits * unitPrice, at the currency's scale. Unit prices have up to 12 places. */
export function priceOf(credits: Amount, unitPrice: string, currency: string): Amount {
  return roundMoney(credits.mul(unitPrice), currency);
}

export function taxOf(price: Amount, taxRate: string, currency: string): Amount {
  return roundMoney(price.mul(new Exact(taxRate)), currency);
}
