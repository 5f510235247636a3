import { ZERO, least, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { lastLapseUpTo } from '../term.js';
import type { Replay } from './replay.js';

export interface Back {
  readonly lotId: number;
  readonly from: string;
  readonly rateVersion: string | null;
  readonly credits: Amount;
}

export interface BackIn extends Back {
  readonly to: string;
  readonly share: null;
}

/** Where credits of a lot stand that nobody disputes: those of an ended lot or of a Term that has lapsed lapse (SPEC 9, 12). */
export function livingBucket(replay: Replay, lotId: number, entry: Entry): 'available' | 'lapsed' {
  const terms = replay.lots.get(lotId)?.terms;
  if (terms === undefined) return 'available'; // named where the posting is applied
  const ended = terms.validUntil !== null && entry.recordedAt >= terms.validUntil;
  return ended || terms.allocatedAt < lastLapseUpTo(replay.contract, entry.recordedAt) ? 'lapsed' : 'available';
}

/** The lines by which credits come back: withdrawn from a refunded lot, frozen as far as is owed, else where the lot stands. */
export function backAgain(replay: Replay, entry: Entry, backs: readonly Back[], alive?: 'available'): BackIn[] {
  const owed = new Map<number, Amount>();
  return backs.flatMap((back) => {
    const lot = replay.lots.get(back.lotId);
    if (lot?.condition === 'refunded') return [{ ...back, to: 'withdrawn', share: null }];
    const left = owed.get(back.lotId) ?? lot?.freezeOwed ?? ZERO;
    const frozen = least(left, back.credits);
    owed.set(back.lotId, left.sub(frozen));
    return [
      { ...back, to: 'frozen', share: null, credits: frozen },
      { ...back, to: alive ?? livingBucket(replay, back.lotId, entry), share: null, credits: back.credits.sub(frozen) },
    ].filter(({ credits }) => !credits.isZero());
  });
}
