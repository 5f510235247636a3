import { versionsOf } from '../contract.js';
import { ONE, ZERO, roundCredits, shareLeft, shareOf, type Amount } from '../credits.js';
import type { HoldLeg } from '../hold.js';
import { isEligible } from '../lot.js';
import { ratesForLot, type RatedBy } from '../pricing.js';
import { costOf, type FeatureRates } from '../rate.js';
import type { Usage } from '../usage.js';
import { asLot, type Replay } from './replay.js';

/** What one lot pays of an action. */
export interface Part {
  readonly lotId: number;
  readonly from: 'available' | 'held';
  readonly rateVersion: string;
  readonly share: Amount;
  readonly credits: Amount;
}

export interface Rest {
  readonly share: Amount;
  readonly credits: Amount;
  readonly rateVersion: string;
}

interface Action {
  readonly feature: string;
  readonly usage: Usage;
  /** What was captured of it before; null where an action is priced whole. */
  readonly usageBefore: Usage | null;
  readonly held: readonly HoldLeg[];
  readonly at: number;
}

/** An action priced again from what the entries say: held credits first, then eligible lots in burn order (SPEC 4, 6). */
export function priceAgain(replay: Replay, { feature, usage, usageBefore, held, at }: Action): { parts: Part[]; rest: Rest | null } {
  const versions = versionsOf(replay.contract, replay.rates);
  const rated = (lotId: number, rateVersion: string): RatedBy | null => ratesForLot({ lotId, rateVersion }, feature, at, replay.rates, versions);
  const fromHold = held.map(({ lotId, rateVersion, held: has }) => ({ lotId, from: 'held' as const, has, by: rated(lotId, rateVersion) }));
  const fromLots = replay.open
    .map(asLot)
    .filter((lot) => isEligible(lot, at))
    .map((lot) => ({ lotId: lot.lotId, from: 'available' as const, has: lot.buckets.available, by: rated(lot.lotId, lot.rateVersion) }));
  const parts: Part[] = [];
  let last: RatedBy | null = null;
  let left = ONE;
  for (const { lotId, from, has, by } of [...fromHold, ...fromLots]) {
    if (by === null) continue;
    last = by;
    if (has.isZero()) continue;
    const cost = difference(by.rates, usage, usageBefore);
    const due = roundCredits(left.mul(cost));
    const covers = due.lte(has);
    const part = { lotId, from, rateVersion: by.version.id, share: covers ? left : shareOf(has, cost), credits: covers ? due : has };
    parts.push(part);
    if (covers) return { parts, rest: null };
    left = shareLeft(left, part.share);
  }
  const current = versions.versionForPurchase(at);
  const currentRates = current?.features.get(feature);
  const by = current !== null && currentRates !== undefined ? { version: current, rates: currentRates } : last;
  if (by === null) return { parts, rest: { share: left, credits: ZERO, rateVersion: '' } };
  return { parts, rest: { share: left, credits: roundCredits(left.mul(difference(by.rates, usage, usageBefore))), rateVersion: by.version.id } };
}

/** Parts of a streamed action pay the difference of what is due so far, so that they sum up to the whole. */
function difference(rates: FeatureRates, usage: Usage, before: Usage | null): Amount {
  if (before === null) return costOf(rates, usage);
  return roundCredits(costOf(rates, usage)).sub(roundCredits(costOf(rates, before)));
}

/** At most `room` credits are taken, from the first parts on; what is cut off is unfunded. */
export function capAgain(priced: { readonly parts: readonly Part[]; readonly rest: Rest | null }, room: Amount): { parts: Part[]; rest: Rest | null } {
  const parts: Part[] = [];
  let { rest } = priced;
  let left = room;
  for (const part of priced.parts) {
    if (part.credits.lte(left)) {
      parts.push(part);
      left = left.sub(part.credits);
      continue;
    }
    const share = part.share.mul(left).div(part.credits).toSignificantDigits(40);
    if (!left.isZero()) parts.push({ ...part, credits: left, share });
    const cut = { share: part.share.sub(share), credits: part.credits.sub(left) };
    rest = { share: cut.share.add(rest?.share ?? ZERO), credits: cut.credits.add(rest?.credits ?? ZERO), rateVersion: part.rateVersion };
    left = ZERO;
  }
  return { parts, rest };
}
