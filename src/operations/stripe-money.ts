import { Exact } from '../domain/credits.js';
import { currencyScale, isCurrency, isMoney } from '../domain/money.js';

/**
 * Stripe's amounts: integers in its own minor units, which are not always those of ISO 4217. Currencies without a minor unit
 * as Stripe counts; where ISO has none but Stripe still counts in hundredths (ISK, UGX), the hundredths are zero.
 */
const WITHOUT_MINOR_UNIT = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const THOUSANDTHS = new Set('BHD JOD KWD OMR TND'.split(' '));

export interface Money {
  /** At the currency's own scale. */
  readonly amount: string;
  readonly currency: string;
}

/** Null where it is no amount > 0 of a known currency. */
export function moneyOfStripe(minorUnits: number, code: string | undefined): Money | null {
  if (code === undefined) return null;
  const currency = code.toUpperCase();
  if (!Number.isSafeInteger(minorUnits) || minorUnits <= 0 || !isCurrency(currency)) return null;
  const scale = WITHOUT_MINOR_UNIT.has(currency) ? 0 : THOUSANDTHS.has(currency) ? 3 : 2;
  const amount = new Exact(minorUnits).div(new Exact(10).pow(scale));
  if (amount.decimalPlaces() > currencyScale(currency)) return null;
  const text = amount.toFixed(currencyScale(currency));
  return isMoney(text, currency) ? { amount: text, currency } : null;
}
