import { Decimal } from 'decimal.js';
import { Exact, type Amount } from './credits.js';

/**
 * Money: a decimal at the currency's own scale (JPY 0, EUR 2, KWD 3), always with its ISO 4217 currency.
 * The scales that are not 2 are listed here, as ISO 4217 has them: the runtime's locale data has the digits that are usual
 * on a price tag (HUF 0, IQD 0), and another release of it must not change the text of an amount that is in a chain.
 */
const scales = new Map<string, number>(
  Object.entries({
    0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
    3: 'BHD IQD JOD KWD LYD OMR TND',
    4: 'CLF UYW',
  }).flatMap(([scale, currencies]) => currencies.split(' ').map((currency) => [currency, Number(scale)] as const)),
);
const known = new Set(Intl.supportedValuesOf('currency'));

export function isCurrency(code: string): boolean {
  return known.has(code);
}

/** Minor-unit digits of an ISO 4217 currency. */
export function currencyScale(currency: string): number {
  return scales.get(currency) ?? 2;
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
