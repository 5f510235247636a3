import { ONE, ZERO, roundCredits, shareLeft, shareOf, type Amount } from './credits.js';
import { refusal, type Refusal } from './errors.js';
import { isEligible, type Lot } from './lot.js';
import { costOf, costOfPart, type FeatureRates, type RateBook, type RateVersion } from './rate.js';
import type { Usage } from './usage.js';

/**
 * Pricing of one action over several lots, carrying usage and not credits (SPEC 4): each part of the action is paid
 * at the rates that its own lot was bought at.
 */
export interface Leg {
  readonly lot: Lot;
  /** Where its credits stand: a capture takes what its hold set aside before what is available. */
  readonly from: 'available' | 'held';
  /** The version that rated it: the lot's own, or the first later one that knows the feature. */
  readonly rateVersion: string;
  /** The part of the action that this lot pays, 0 < share <= 1. */
  readonly share: Amount;
  /** May be zero: then no posting moves, and the leg is on record in the entry only. */
  readonly credits: Amount;
}

export interface Shortfall {
  readonly share: Amount;
  readonly credits: Amount;
  readonly rateVersion: string;
}

export interface Priced {
  readonly legs: readonly Leg[];
  readonly covered: Amount;
  readonly shortfall: Shortfall | null;
}

/** The lots that were loaded ran out while the account has more of them: load them and price again. */
export const MORE_LOTS_NEEDED = 'more-lots-needed';

/** What an account's contract says about the versions of a card, besides what each lot pinned. */
export interface VersionsOfCard {
  /** Versions that a lot of that version may fall back to for a feature that it does not know, oldest first. */
  laterVersions(version: Pick<RateVersion, 'cardId' | 'version'>, actionTime: number): readonly RateVersion[];
  /** The version that a purchase made at that time would get. */
  versionForPurchase(actionTime: number): RateVersion | null;
}

/** Credits of one lot that a hold set aside, with the version that rated them then. */
export interface HeldPart {
  readonly lot: Lot;
  readonly rateVersion: string;
  readonly credits: Amount;
}

export interface PricingInput {
  readonly feature: string;
  readonly usage: Usage;
  /**
   * What was captured of the same action before: minimum and increment apply to the usage so far, and this part pays the
   * difference (SPEC 6). Absent: the action is priced whole.
   */
  readonly usageBefore?: Usage;
  /** Paid from before any lot's available credits, in burn order. */
  readonly held?: readonly HeldPart[];
  /** Which lots are eligible (SPEC 4). */
  readonly actionTime: number;
  /** What no lot covers is priced as a purchase made now would be, also where the action lies back. */
  readonly now: number;
  /** In burn order. */
  readonly lots: readonly Lot[];
  readonly moreLots: boolean;
  readonly rates: RateBook;
  readonly versions: VersionsOfCard;
}

export function priceAction(input: PricingInput): Priced | Refusal | typeof MORE_LOTS_NEEDED {
  const { feature, actionTime, lots, rates, versions } = input;
  const payer = new Payer(input);
  let rated: RatedBy | null = null;
  for (const { lot, rateVersion, credits } of input.held ?? []) {
    rated = ratesUnder(rateVersion, feature, actionTime, rates, versions);
    if (credits.isZero()) continue;
    if (payer.pay(lot, 'held', credits, rated)) return payer.done(rated);
  }
  for (const lot of lots) {
    if (!isEligible(lot, actionTime)) continue;
    const found = ratesForLot(lot, feature, actionTime, rates, versions);
    if (found === null) continue;
    rated = found;
    if (payer.pay(lot, 'available', lot.buckets.available, rated)) return payer.done(rated);
  }
  if (input.moreLots) return MORE_LOTS_NEEDED;

  // What no lot covers is priced at the version that a purchase made now would get; where that one dropped the
  // feature, at the rates of the last lot, which are the only ones the licensee ever agreed to for it.
  const current = versions.versionForPurchase(input.now);
  const currentRates = current?.features.get(feature);
  if (current !== null && currentRates !== undefined) rated = { version: current, rates: currentRates };
  return rated === null ? noRateForMeter(input) : payer.fallShort(rated);
}

/** Pays one action from lot after lot, carrying the share of it that is left. */
class Payer {
  private readonly legs: Leg[] = [];
  private covered = ZERO;
  private left = ONE;

  constructor(private readonly input: PricingInput) {}

  /** Pays from one lot what it has or what is left. Answers whether that ended the action. */
  pay(lot: Lot, from: Leg['from'], has: Amount, rated: RatedBy): boolean {
    const cost = this.cost(rated);
    const due = roundCredits(this.left === ONE ? cost : this.left.mul(cost));
    const covers = has.gte(due);
    const share = covers ? this.left : shareOf(has, cost);
    const credits = covers ? due : has;
    this.legs.push({ lot, from, rateVersion: rated.version.id, share, credits });
    this.covered = this.covered.add(credits);
    if (!covers) this.left = shareLeft(this.left, share);
    return covers;
  }

  done(rated: RatedBy): Priced | Refusal {
    if (!everyMeterIsKnown(this.input, rated)) return noRateForMeter(this.input);
    return { legs: this.legs, covered: this.covered, shortfall: null };
  }

  fallShort(rated: RatedBy): Priced | Refusal {
    if (!everyMeterIsKnown(this.input, rated)) return noRateForMeter(this.input);
    const credits = roundCredits(this.left.mul(this.cost(rated)));
    return { legs: this.legs, covered: this.covered, shortfall: { share: this.left, credits, rateVersion: rated.version.id } };
  }

  private cost({ rates }: RatedBy): Amount {
    const { usage, usageBefore } = this.input;
    return usageBefore === undefined ? costOf(rates, usage) : costOfPart(rates, usage, usageBefore);
  }
}

function noRateForMeter(input: PricingInput): Refusal {
  const meters = input.usage.map(({ meter }) => meter).join(', ');
  return refusal(
    'no-rate-for-meter',
    `No rate version of this account knows ${input.feature} with the meters ${meters}. Check the names against the rate card of the order form.`,
    { pointer: '/usage' },
  );
}

/**
 * A new meter of an old feature costs nothing on a lot that does not know it, but it must be known to *some* version
 * that this account has or will have: else it is a misspelt meter, which would be free for ever.
 */
function everyMeterIsKnown(input: PricingInput, rated: RatedBy): boolean {
  const unknown = input.usage.filter(({ meter }) => !rated.rates.rates.has(meter));
  if (unknown.length === 0) return true;
  const { feature, actionTime, rates, versions } = input;
  const current = versions.versionForPurchase(input.now);
  const all = versions.laterVersions({ cardId: rated.version.cardId, version: 0 }, actionTime);
  const known = [...all, ...(current === null ? [] : [current])].map(({ id }) =>
    ratesForLot({ lotId: 0, rateVersion: id }, feature, actionTime, rates, versions),
  );
  return unknown.every(({ meter }) => known.some((found) => found?.rates.rates.has(meter) === true));
}

export interface RatedBy {
  readonly version: RateVersion;
  readonly rates: FeatureRates;
}

/**
 * The rates of a feature for a lot: those of the lot's own version, under today's name of the feature or the one its
 * version knew it by; else those of the first later version that knows it (a new feature is no changed rate); else null.
 */
export function ratesForLot(
  lot: Pick<Lot, 'lotId' | 'rateVersion'>,
  feature: string,
  actionTime: number,
  rates: RateBook,
  versions: VersionsOfCard,
): RatedBy | null {
  const own = rates.get(lot.rateVersion);
  if (own === undefined) throw new Error(`rate version ${lot.rateVersion} of lot ${lot.lotId} was not loaded`);
  const known = own.features.get(feature);
  if (known !== undefined) return { version: own, rates: known };
  const later = versions.laterVersions(own, actionTime);
  const former = formerRates(own, feature, later);
  if (former !== null) return { version: own, rates: former };
  for (const version of later) {
    const found = version.features.get(feature);
    if (found !== undefined) return { version, rates: found };
  }
  return null;
}

/** The rates of a feature in a given version, under today's name or the one that version knew it by. */
function ratesUnder(rateVersion: string, feature: string, actionTime: number, rates: RateBook, versions: VersionsOfCard): RatedBy {
  const version = rates.get(rateVersion);
  const found = version && (version.features.get(feature) ?? formerRates(version, feature, versions.laterVersions(version, actionTime)));
  if (version === undefined || found == null) throw new Error(`rate version ${rateVersion} does not rate ${feature}`);
  return { version, rates: found };
}

/** The rates under which a version knew a feature that was renamed since, following renames of renames. */
function formerRates(own: RateVersion, feature: string, later: readonly RateVersion[]): FeatureRates | null {
  let name = feature;
  for (let renames = 0; renames <= later.length; renames += 1) {
    const renamed = later.find((version) => version.features.get(name)?.predecessor != null);
    const predecessor = renamed?.features.get(name)?.predecessor;
    if (predecessor == null) return null;
    const rates = own.features.get(predecessor);
    if (rates !== undefined) return rates;
    name = predecessor;
  }
  return null;
}
