import { findLot, type AccountState } from './account-state.js';
import type { Bucket } from './lot.js';
import { lastLapseUpTo } from './term.js';

/**
 * Where credits go that come back to a lot, from a hold or by a reversal: to a lot whose validity is over, or whose Term has
 * lapsed, they lapse, also when a new Term has begun since (SPEC 9, 12). Making good is a grant.
 */
export function returnsTo(state: AccountState, lotId: number, now: number): Bucket {
  const lot = findLot(state, lotId);
  if (lot === undefined) throw new Error(`lot ${lotId} was not loaded`);
  if (lot.validUntil !== null && now >= lot.validUntil) return 'lapsed';
  return lot.allocatedAt < lastLapseUpTo(state.contract, now) ? 'lapsed' : 'available';
}
