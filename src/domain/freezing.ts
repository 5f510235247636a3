import { findLot, type AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import type { FreezeLot, ReleaseFrozen, WithdrawFrozen } from './command.js';
import { ZERO, formatCredits, least, type Amount } from './credits.js';
import type { EntryDraft, Origin } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { lotNotFound, lotRefunded, moving } from './lot-moves.js';
import type { Bucket, Lot } from './lot.js';
import { living } from './returning.js';

/** Why credits of a lot are frozen: what the entry records besides the figures. */
export interface FreezeCause {
  /** Id of what is disputed, a payment or a purchase; kept as the entry's subject. */
  readonly subject: string | null;
  /** `seq` of the entry that brought the dispute, e.g. of the reversed payment. */
  readonly cites: number | null;
  readonly reason: string;
  readonly reference: string | null;
}

/**
 * SPEC 7: freezes at most these credits of a lot, from what is available. Open holds go on: what was not available is owed,
 * and taken from what holds and reversals return. Never more than the lot itself, whatever is disputed of it.
 */
export function freezing(lot: Lot, credits: Amount, cause: FreezeCause, origin: Origin, context: Context): Booking {
  const { issued, available, frozen, withdrawn } = lot.buckets;
  const refunded = lot.condition === 'refunded';
  const claimed = refunded ? ZERO : least(credits, issued.sub(frozen).sub(withdrawn).sub(lot.freezeOwed));
  const now = least(claimed, available);
  const freezeOwed = lot.freezeOwed.add(claimed);
  return {
    draft: {
      ...plain(origin),
      type: 'freeze',
      occurredAt: context.now,
      subject: cause.subject,
      cites: cause.cites,
      credits: now,
      detail: canonicalJson({
        asked: formatCredits(credits),
        clause: 'P3',
        freezeOwed: formatCredits(freezeOwed.sub(now)),
        lotId: String(lot.lotId),
        reason: cause.reason,
        reference: cause.reference,
      }),
      postings: moving(lot.lotId, 'available', 'frozen', now),
    },
    effects: refunded ? {} : { condition: { lotId: lot.lotId, condition: 'frozen', freezeOwed } },
  };
}

/** Freezes credits of a disputed lot by an act of finance. */
export function decideFreeze(state: AccountState, command: FreezeLot, context: Context): Booking[] | Refusal {
  const lot = findLot(state, command.lotId);
  if (lot === undefined) return lotNotFound();
  if (lot.condition === 'refunded') return lotRefunded();
  const { reason, reference } = command;
  const cause = { subject: lot.purchaseId, cites: null, reason, reference };
  return [freezing(lot, command.credits ?? lot.buckets.issued, cause, command, context)];
}

/**
 * Finance found for the licensee: the claim on these credits ends. What is owed is forgiven first; the rest goes back to
 * where it would stand today, which is `lapsed` if the lot or the Term has ended meanwhile.
 */
export function decideFreezeRelease(state: AccountState, command: ReleaseFrozen, context: Context): Booking[] | Refusal {
  const lot = findLot(state, command.lotId);
  if (lot === undefined) return lotNotFound();
  const claim = lot.buckets.frozen.add(lot.freezeOwed);
  const released = command.credits ?? claim;
  if (released.isZero() || released.gt(claim)) return notFrozen(lot);
  const forgiven = least(lot.freezeOwed, released);
  const back = released.sub(forgiven);
  return [ending(lot, 'freeze-released', living(state, lot, context.now), back, lot.freezeOwed.sub(forgiven), command, context)];
}

/** Finance found against the licensee: the frozen credits are gone. What is still owed stays owed. */
export function decideWithdrawal(state: AccountState, command: WithdrawFrozen, context: Context): Booking[] | Refusal {
  const lot = findLot(state, command.lotId);
  if (lot === undefined) return lotNotFound();
  const withdrawn = command.credits ?? lot.buckets.frozen;
  if (withdrawn.isZero() || withdrawn.gt(lot.buckets.frozen)) return notFrozen(lot);
  return [ending(lot, 'withdrawal', 'withdrawn', withdrawn, lot.freezeOwed, command, context)];
}

function ending(
  lot: Lot,
  type: Extract<EntryDraft['type'], 'freeze-released' | 'withdrawal'>,
  to: Bucket,
  credits: Amount,
  freezeOwed: Amount,
  command: ReleaseFrozen | WithdrawFrozen,
  context: Context,
): Booking {
  const over = lot.condition === 'frozen' && freezeOwed.isZero() && credits.eq(lot.buckets.frozen);
  return {
    draft: {
      ...plain(command),
      type,
      occurredAt: context.now,
      subject: lot.purchaseId,
      credits,
      detail: canonicalJson({
        freezeOwed: formatCredits(freezeOwed),
        lotId: String(lot.lotId),
        reason: command.reason,
        reference: command.reference,
      }),
      postings: moving(lot.lotId, 'frozen', to, credits),
    },
    effects: { condition: { lotId: lot.lotId, condition: over ? 'normal' : lot.condition, freezeOwed } },
  };
}

function notFrozen(lot: Lot): Refusal {
  return refusal('lot-not-frozen', 'No so many credits of this lot are frozen.', {
    pointer: '/credits',
    data: { frozen: formatCredits(lot.buckets.frozen), freezeOwed: formatCredits(lot.freezeOwed) },
  });
}
