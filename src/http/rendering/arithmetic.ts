import { ZERO, amount, formatCredits, roundCredits, type Amount } from '../../domain/credits.js';
import { billableQuantity, type FeatureRates, type RateVersion } from '../../domain/rate.js';

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
  /** Exact cost of the whole action under this version. */
  readonly cost: string;
  readonly share: string;
  /** share x cost, exact. */
  readonly product: string;
  /** The product, rounded half-even to 9 places: the one rounding there is. */
  readonly credits: string;
}

/** Computes the credits of one part of an action again, step by step, from nothing but usage, share and rates. */
export function arithmeticOf(
  usage: Readonly<Record<string, string>>,
  share: string,
  rated: { readonly feature: string; readonly rates: FeatureRates },
): Arithmetic {
  let cost: Amount = ZERO;
  const meters = Object.entries(usage).map(([meter, text]): MeterArithmetic => {
    const quantity = amount(text);
    const rate = rated.rates.rates.get(meter);
    if (rate === undefined) {
      return { meter, quantity: text, unit: null, minimum: null, increment: null, billed: text, creditsPerUnit: null, cost: '0' };
    }
    const billed = billableQuantity(rate, quantity);
    const part = billed.mul(rate.creditsPerUnit);
    cost = cost.add(part);
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
  const product = amount(share).mul(cost);
  return {
    feature: rated.feature,
    meters,
    cost: cost.toFixed(),
    share,
    product: product.toFixed(),
    credits: formatCredits(roundCredits(product)),
  };
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
