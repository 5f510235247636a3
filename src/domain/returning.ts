import { findLot, type AccountState } from './account-state.js';
import { least, type Amount } from './credits.js';
import type { PostingDraft } from './entry.js';
import type { Bucket, Lot } from './lot.js';
import { lastLapseUpTo } from './term.js';

/** Credits that come back to a lot: what a hold gives back, or what a reversal undoes. */
export interface Returned {
  readonly lotId: number;
  readonly from: Bucket;
  readonly credits: Amount;
  readonly rateVersion: string | null;
}

/**
 * The postings by which credits come back (SPEC 7, 9, 12): to a frozen lot they freeze, up to what is still owed of the
 * disputed payment; to a refunded one they are withdrawn; to one whose validity is over they lapse; else they are available.
 * One return may split over two buckets. Making good is a grant.
 */
export function returnCredits(state: AccountState, returned: readonly Returned[], now: number): PostingDraft[] {
  const owed = new Map<number, Amount>();
  return returned.flatMap(({ lotId, from, credits, rateVersion }) => {
    const lot = lotOf(state, lotId);
    const left = owed.get(lotId) ?? lot.freezeOwed;
    const parts = splitReturn({ condition: lot.condition, freezeOwed: left }, credits, living(state, lot, now));
    for (const part of parts) if (part.to === 'frozen') owed.set(lotId, left.sub(part.credits));
    return parts.map((part) => ({ lotId, from, to: part.to, credits: part.credits, rateVersion, share: null }));
  });
}

/** Where credits stand that are neither owed to a freeze nor refunded: also those that finance releases from one. */
export function living(state: AccountState, lot: Lot, now: number): 'available' | 'lapsed' {
  if (lot.validUntil !== null && now >= lot.validUntil) return 'lapsed';
  // A Term that has lapsed took what was there, also when a new Term has begun since.
  return lot.allocatedAt < lastLapseUpTo(state.contract, now) ? 'lapsed' : 'available';
}

/** Credits that come back to one lot, over the buckets that they go to. */
export function splitReturn(
  { condition, freezeOwed }: Pick<Lot, 'condition' | 'freezeOwed'>,
  credits: Amount,
  otherwise: Bucket,
): { readonly to: Bucket; readonly credits: Amount }[] {
  if (condition === 'refunded') return [{ to: 'withdrawn', credits }];
  const frozen = least(freezeOwed, credits);
  const rest = credits.sub(frozen);
  return [
    { to: 'frozen' as const, credits: frozen },
    { to: otherwise, credits: rest },
  ].filter((part) => !part.credits.isZero());
}

function lotOf(state: AccountState, lotId: number): Lot {
  const lot = findLot(state, lotId);
  if (lot === undefined) throw new Error(`lot ${lotId} was not loaded`);
  return lot;
}
