import { Decimal } from 'decimal.js';
import { Exact, ZERO, type Amount } from '../credits.js';
import { currencyScale } from '../money.js';
import type { Bucket } from '../lot.js';

/** Where the money of a lot stands: with the credits that are still to be served, or where those have gone. */
export const PLACES = ['consumed', 'lapsed', 'frozen', 'withdrawn', 'transferred'] as const;
export type Place = (typeof PLACES)[number];

/** The price of a lot, divided among its credits. The parts always add up to the price. */
export type LotMoney = Readonly<Record<Place | 'deferred', Amount>>;

export const NO_MONEY: LotMoney = { consumed: ZERO, lapsed: ZERO, frozen: ZERO, withdrawn: ZERO, transferred: ZERO, deferred: ZERO };

/** Wide enough that no quotient is taken for a tie that is none: prices have 22 digits, credits 38. */
const Wide = Exact.clone({ precision: 120 });

/**
 * SPEC 13: the revenue of a lot is its price times the consumed part, cumulative and rounded half-even to the currency's
 * scale. What lapsed, is frozen, was withdrawn or transferred takes its place behind it in the same way, so that each part is
 * a function of the credits alone, however they got there, and a lot that is used up has recognised exactly its price.
 */
export function moneyOf(price: Amount, currency: string, buckets: Readonly<Record<Bucket, Amount>>): LotMoney {
  const { issued } = buckets;
  if (issued.isZero()) return NO_MONEY;
  const scale = currencyScale(currency);
  const upTo = (credits: Amount): Amount =>
    credits.isZero() ? ZERO : credits.eq(issued) ? price : new Exact(Wide.div(price.mul(credits), issued).toDecimalPlaces(scale, Decimal.ROUND_HALF_EVEN));
  const money: Record<Place | 'deferred', Amount> = { ...NO_MONEY };
  let gone = ZERO;
  let before = ZERO;
  for (const place of PLACES) {
    if (buckets[place].isZero()) continue;
    gone = gone.add(buckets[place]);
    const reached = upTo(gone);
    money[place] = reached.sub(before);
    before = reached;
  }
  money.deferred = price.sub(before);
  return money;
}
