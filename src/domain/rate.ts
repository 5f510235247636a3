import { Exact, ZERO, roundCredits, type Amount } from './credits.js';

/** What one unit of a meter costs (SPEC 4). `increment` and `minimum` are quantities in the meter's unit. */
export interface Rate {
  readonly meter: string;
  readonly unit: string;
  readonly creditsPerUnit: Amount;
  readonly increment: Amount | null;
  readonly minimum: Amount | null;
}

export interface FeatureRates {
  readonly feature: string;
  /** The name under which earlier versions of the card knew this feature. */
  readonly predecessor: string | null;
  readonly rates: ReadonlyMap<string, Rate>;
}

/** One immutable, dated edition of a rate card. `id` is `card@version`; `hash` commits to its whole content. */
export interface RateVersion {
  readonly id: string;
  readonly cardId: string;
  readonly version: number;
  /** First calendar day on which it may apply, in each account's own zone. */
  readonly effectiveDate: string;
  readonly hash: string;
  readonly features: ReadonlyMap<string, FeatureRates>;
}

/** Rate versions by id. What is in it never changes, so any copy of it is as good as the database. */
export type RateBook = ReadonlyMap<string, RateVersion>;

/** One meter of one action: its quantity in the meter's unit, >= 0, at most 9 fractional digits. */
export interface MeterQuantity {
  readonly meter: string;
  readonly quantity: Amount;
}

export function rateVersionId(cardId: string, version: number): string {
  return `${cardId}@${version}`;
}

/** The quantity that is billed: raised to the minimum, then rounded up to a multiple of the increment. */
export function billableQuantity(rate: Rate, quantity: Amount): Amount {
  const raised = rate.minimum !== null && quantity.lt(rate.minimum) ? rate.minimum : quantity;
  if (rate.increment === null) return raised;
  const whole = raised.divToInt(rate.increment).mul(rate.increment);
  return whole.lt(raised) ? whole.add(rate.increment) : whole;
}

/** The exact cost of an action under a feature's rates. A meter that these rates do not know costs nothing (SPEC 4). */
export function costOf(rates: FeatureRates, usage: readonly MeterQuantity[]): Amount {
  let cost = ZERO;
  for (const { meter, quantity } of usage) {
    const rate = rates.rates.get(meter);
    if (rate !== undefined) cost = cost.add(billableQuantity(rate, quantity).mul(rate.creditsPerUnit));
  }
  return cost;
}

/**
 * What a part of an action costs. Exact for an action in one piece (`before` undefined); of a streamed one each part pays the
 * difference of what was due so far, rounded, so that parts sum up to the whole.
 */
export function costOfPart(rates: FeatureRates, soFar: readonly MeterQuantity[], before: readonly MeterQuantity[] | undefined): Amount {
  if (before === undefined) return costOf(rates, soFar);
  const paid = before.length === 0 ? ZERO : roundCredits(costOf(rates, before));
  return roundCredits(costOf(rates, soFar)).sub(paid);
}

const SMALLEST_QUANTITY = new Exact('0.000000001');

/**
 * Whether the smallest quantity that can be billed would cost zero credits although the rate is not zero.
 * Without increment and minimum that is the smallest quantity that can be metered in whole units of one.
 */
export function roundsToZero(rate: Rate): boolean {
  if (rate.creditsPerUnit.isZero()) return false;
  const smallest = rate.increment ?? rate.minimum ?? new Exact(1);
  const billed = billableQuantity(rate, smallest.lt(SMALLEST_QUANTITY) ? SMALLEST_QUANTITY : smallest);
  return roundCredits(billed.mul(rate.creditsPerUnit)).isZero();
}
