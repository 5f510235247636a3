import type { Booking } from './booking.js';
import { ZERO, type Amount } from './credits.js';
import type { PostingDraft } from './entry.js';

/** Credits of a refunded lot that came back after the refund, and were withdrawn with the rest of it. */
export function creditsReturnedRefunded(postings: readonly Pick<PostingDraft, 'from' | 'to' | 'credits'>[]): Amount | null {
  let sum: Amount | null = null;
  for (const { from, to, credits } of postings) {
    // A refund, an adjustment and finance itself withdraw what is available or frozen: only a return comes from elsewhere.
    if (to === 'withdrawn' && from !== 'available' && from !== 'frozen') sum = (sum ?? ZERO).add(credits);
  }
  return sum;
}

/** SPEC 12: what goes back to a refunded lot is withdrawn and becomes a break: the money that was paid back did not count it. */
export function withRefundedReturn(booking: Booking, accountId: string, seq: number): Booking {
  const credits = creditsReturnedRefunded(booking.draft.postings);
  if (credits === null) return booking;
  const lotIds = booking.draft.postings.filter(({ to }) => to === 'withdrawn').map(({ lotId }) => String(lotId));
  const found = {
    kind: 'return-to-refunded-lot' as const,
    reference: JSON.stringify([accountId, String(seq)]),
    money: null,
    credits,
    evidence: { accountId, entry: String(seq), lotIds: [...new Set(lotIds)].join() },
  };
  return { ...booking, effects: { ...booking.effects, break: found } };
}
