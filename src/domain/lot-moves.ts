import { formatCredits, type Amount } from './credits.js';
import type { PostingDraft } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import type { Bucket } from './lot.js';

/** What rules that name one lot have in common. */

/** One posting of credits that no action is priced by, or none where nothing moves. */
export function moving(lotId: number, from: Bucket, to: Bucket, credits: Amount): PostingDraft[] {
  return credits.isZero() ? [] : [{ lotId, from, to, credits, rateVersion: null, share: null }];
}

export function lotNotFound(): Refusal {
  return refusal('lot-not-found', 'This account has no such lot.', { pointer: '/lotId' });
}

export function lotRefunded(): Refusal {
  return refusal('lot-refunded', 'The lot was refunded: nothing is left of it.', { pointer: '/lotId' });
}

export function exceedsLot(available: Amount): Refusal {
  return refusal('exceeds-lot', 'The lot has fewer credits available.', { pointer: '/credits', data: { available: formatCredits(available) } });
}
