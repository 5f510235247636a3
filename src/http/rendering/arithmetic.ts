import { ZERO, amount, formatCredits, roundCredits, type Amount } from '../../domain/credits.js';
import { billableQuantity, costOf, type FeatureRates, type RateVersion } from '../../domain/rate.js';
import { sumOfUsage, usageFrom, type Usage } from '../../domain/usage.js';

/** One meter of an action under one version of the rates. */
export interface MeterArithmetic {
  readonly meter: string;
  readonly quantity: string;
  readonly unit: string | null;
  readonly minimum: string | null;
  readonly increment: string | null;
  /** Raised to the minimum, then rounded up to a multiple of the increment. */
  readonly billed: string;
  /** Null: these rates do not know the meter, so it costs nothing under them. */
  readonly creditsPerUnit: string | null;
  readonly cost: string;
}

export interface Arithmetic {
  readonly feature: string;
  readonly meters: readonly MeterArithmetic[];
  /** Cost of the whole action under this version, exact; of a part of a streamed one, what it adds to the cost so far. */
  readonly cost: string;
  /** What was due for the usage before this part, rounded; null: the action is in one piece. */
  readonly dueBefore: string | null;
  readonly share: string;
  /** share x cost, exact. */
  readonly product: string;
  /** The product, rounded half-even to 9 places: the one rounding there is. */
  readonly credits: string;
}

/** Usage as an entry states it: quantities by meter. */
export type Quantities = Readonly<Record<string, string>>;

/**
 * Computes the credits of one part of an action again, step by step, from nothing but usage, share and rates. `before` is what
 * of a streamed action was captured earlier: minimum and increment apply to the usage so far, which is what `meters` show.
 */
export function arithmeticOf(
  usage: Quantities,
  share: string,
  rated: { readonly feature: string; readonly rates: FeatureRates },
  before: Quantities | null = null,
): Arithmetic {
  let exact: Amount = ZERO;
  const soFar = before === null ? usage : asQuantities(sumOfUsage(usageFrom(before), usageFrom(usage)));
  const meters = Object.entries(soFar).map(([meter, text]): MeterArithmetic => {
    const quantity = amount(text);
    const rate = rated.rates.rates.get(meter);
    if (rate === undefined) {
      return { meter, quantity: text, unit: null, minimum: null, increment: null, billed: text, creditsPerUnit: null, cost: '0' };
    }
    const billed = billableQuantity(rate, quantity);
    const part = billed.mul(rate.creditsPerUnit);
    exact = exact.add(part);
    return {
      meter,
      quantity: text,
      unit: rate.unit,
      minimum: rate.minimum?.toFixed() ?? null,
      increment: rate.increment?.toFixed() ?? null,
      billed: billed.toFixed(),
      creditsPerUnit: rate.creditsPerUnit.toFixed(),
      cost: part.toFixed(),
    };
  });
  const dueBefore = before === null ? null : roundCredits(costOf(rated.rates, usageFrom(before)));
  const cost = dueBefore === null ? exact : roundCredits(exact).sub(dueBefore);
  const product = amount(share).mul(cost);
  return {
    feature: rated.feature,
    meters,
    cost: cost.toFixed(),
    dueBefore: dueBefore?.toFixed() ?? null,
    share,
    product: product.toFixed(),
    credits: formatCredits(roundCredits(product)),
  };
}

function asQuantities(usage: Usage): Quantities {
  return Object.fromEntries(usage.map(({ meter, quantity }) => [meter, quantity.toFixed()]));
}

/** The rates of a feature in a version, which may know it by a former name. */
export function ratesIn(
  version: RateVersion,
  feature: string,
  versions: readonly RateVersion[],
): { readonly feature: string; readonly rates: FeatureRates } | null {
  const later = versions.filter((other) => other.cardId === version.cardId && other.version > version.version);
  let name = feature;
  for (let renames = 0; renames <= later.length; renames += 1) {
    const rates = version.features.get(name);
    if (rates !== undefined) return { feature: name, rates };
    const predecessor = later.map((other) => other.features.get(name)?.predecessor).find((former) => former != null);
    if (predecessor == null) return null;
    name = predecessor;
  }
  return null;
}
