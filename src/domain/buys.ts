import type { AccountState } from './account-state.js';
import type { Context } from './booking.js';
import { governingOrderForm, versionsOf } from './contract.js';
import { CREDIT_SCALE, Exact, ZERO, type Amount } from './credits.js';
import { isEligible, type Lot } from './lot.js';
import { MORE_LOTS_NEEDED, ratesForLot } from './pricing.js';
import type { Rate } from './rate.js';

/** What all that is available buys of one meter of one feature, if nothing else is used. */
export interface Buys {
  readonly feature: string;
  readonly meter: string;
  readonly unit: string;
  /** In the meter's unit, cut to 9 places; null: it costs nothing on some lot, so there is no end to it. */
  readonly quantity: Amount | null;
  /** The versions at which the lots pay, in burn order. */
  readonly rateVersions: readonly string[];
}

/**
 * Per feature in credits mode and meter: the lots in burn order, each at its own rates. One long action without minimum and
 * increment is assumed, so it is what people call "about".
 */
export function whatTheBalanceBuys(state: AccountState, context: Context): Buys[] | typeof MORE_LOTS_NEEDED {
  if (state.moreLots) return MORE_LOTS_NEEDED;
  const form = governingOrderForm(state.contract, context.now);
  if (form === null) return [];
  const versions = versionsOf(state.contract, context.rates);
  const lots = state.lots.filter((lot) => isEligible(lot, context.now));
  const charged = [...form.features.values()].filter(({ mode }) => mode === 'credits');
  return charged.flatMap(({ feature }) => {
    const rated = lots.map((lot) => ({ lot, found: ratesForLot(lot, feature, context.now, context.rates, versions) })).filter(({ found }) => found !== null);
    const current = versions.versionForPurchase(context.now)?.features.get(feature)?.rates ?? rated.at(-1)?.found?.rates.rates ?? new Map<string, Rate>();
    return [...current.values()].map((rate) => ofMeter(feature, rate, rated.map(({ lot, found }) => ({ lot, version: found?.version.id ?? '', rate: found?.rates.rates.get(rate.meter) }))));
  });
}

function ofMeter(feature: string, { meter, unit }: Rate, paying: readonly { readonly lot: Lot; readonly version: string; readonly rate: Rate | undefined }[]): Buys {
  let quantity: Amount | null = ZERO;
  const rateVersions = new Set<string>();
  for (const { lot, version, rate } of paying) {
    rateVersions.add(version);
    if (rate === undefined || rate.creditsPerUnit.isZero()) quantity = null;
    else if (quantity !== null) quantity = quantity.add(lot.buckets.available.div(rate.creditsPerUnit));
  }
  return { feature, meter, unit, quantity: quantity?.toDecimalPlaces(CREDIT_SCALE, Exact.ROUND_DOWN) ?? null, rateVersions: [...rateVersions] };
}
