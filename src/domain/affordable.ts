import { CREDIT_SCALE, Exact, ONE, ZERO, type Amount } from './credits.js';
import { MORE_LOTS_NEEDED, priceAction, ratesForLot, type Priced, type PricingInput } from './pricing.js';
import type { Rate } from './rate.js';
import { shareOfUsage, type Usage } from './usage.js';

/**
 * How much of an action the lots can pay, per meter (SPEC 5): a usage that is admitted if it is asked for next, so that work
 * can be capped instead of refused. Where a minimum or an increment makes a part cost more than its share, whole
 * increments only; zero where not even those are covered.
 */
export function affordableUsage(input: PricingInput, priced: Priced): Record<string, string> {
  const share = priced.shortfall === null ? ONE : ONE.sub(priced.shortfall.share);
  const part = input.usage.map(({ meter, quantity }) => ({ meter, quantity: cut(quantity.mul(share)) }));
  const whole = part.map(({ meter, quantity }) => ({ meter, quantity: inWholeIncrements(input, priced, meter, quantity) }));
  const covered = [part, whole].find((usage) => isCovered(input, usage));
  return covered === undefined ? shareOfUsage(input.usage, ZERO) : shareOfUsage(covered, ONE);
}

function isCovered(input: PricingInput, usage: Usage): boolean {
  const priced = priceAction({ ...input, usage });
  if (priced === MORE_LOTS_NEEDED || 'code' in priced) return false;
  return priced.shortfall === null || priced.shortfall.credits.isZero();
}

function inWholeIncrements(input: PricingInput, priced: Priced, meter: string, quantity: Amount): Amount {
  let whole = quantity;
  for (const rate of ratesOfLegs(input, priced, meter)) {
    if (rate.increment !== null) whole = whole.divToInt(rate.increment).mul(rate.increment);
    if (rate.minimum !== null && whole.lt(rate.minimum)) return ZERO;
  }
  return cut(whole);
}

function ratesOfLegs(input: PricingInput, priced: Priced, meter: string): Rate[] {
  return priced.legs
    .map(({ lot }) => ratesForLot(lot, input.feature, input.actionTime, input.rates, input.versions)?.rates.rates.get(meter))
    .filter((rate) => rate !== undefined);
}

/** To nine fractional digits, never raised. */
function cut(quantity: Amount): Amount {
  return quantity.toDecimalPlaces(CREDIT_SCALE, Exact.ROUND_DOWN);
}
