import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { addDays, localDate } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { CloseDispute, OpenDispute } from './command.js';
import { zoneOf } from './contract.js';
import type { Dispute } from './corrections.js';
import { refusal, type Refusal } from './errors.js';

/** Days after becoming aware in which written notice of an alleged breach is given (addendum, section 7). */
export const DISPUTE_NOTICE_DAYS = 10;

/** Records that an entry is disputed. A late notice is recorded as well, as late: what follows from that is for people. */
export function decideDispute(state: AccountState, command: OpenDispute, context: Context): Booking[] | Refusal {
  const { disputeId, seq, claimant, awareOn, noticeOn, reference } = command;
  if (state.corrections.disputes.has(disputeId)) {
    return refusal('dispute-exists', 'This account has a dispute of that id already.', { pointer: '/disputeId' });
  }
  if (seq > state.seq) return refusal('entry-not-found', 'The account has no such entry.', { pointer: '/seq' });
  const today = localDate(context.now, zoneOf(state.contract));
  if (awareOn > noticeOn || noticeOn > today) {
    return refusal('invalid-request', 'A notice is given after becoming aware, and not in the future.', { pointer: '/noticeOn', data: { today } });
  }
  const noticeDueOn = addDays(awareOn, DISPUTE_NOTICE_DAYS);
  const noticeInTime = noticeOn <= noticeDueOn;
  const dispute: Dispute = { disputeId, seq, claimant, awareOn, noticeOn, noticeInTime, reference, outcome: null, closedBy: null };
  return [
    {
      draft: {
        ...plain(command),
        type: 'dispute',
        occurredAt: context.now,
        subject: disputeId,
        cites: seq,
        detail: canonicalJson({ awareOn, claimant, noticeDueOn, noticeInTime, noticeOn, reference }),
      },
      effects: { dispute },
    },
  ];
}

/** Records how a dispute ended. What has to be made good is an entry of its own: a reversal, a grant, an adjustment. */
export function decideDisputeOutcome(state: AccountState, command: CloseDispute, context: Context): Booking[] | Refusal {
  const dispute = state.corrections.disputes.get(command.disputeId);
  if (dispute === undefined) return refusal('dispute-not-found', 'This account has no such dispute.');
  if (dispute.outcome !== null) {
    return refusal('dispute-closed', `The dispute was closed already: ${dispute.outcome}.`, { data: { outcome: dispute.outcome } });
  }
  const { outcome, reason } = command;
  return [
    {
      draft: {
        ...plain(command),
        type: 'dispute-outcome',
        occurredAt: context.now,
        subject: dispute.disputeId,
        cites: dispute.seq,
        detail: canonicalJson({ outcome, reason }),
      },
      effects: { dispute: { ...dispute, outcome, closedBy: state.seq + 1 } },
    },
  ];
}
