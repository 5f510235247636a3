import { findLot, type AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import type { RefundLot } from './command.js';
import { ZERO } from './credits.js';
import { refusal, type Refusal } from './errors.js';
import { lotNotFound, lotRefunded, moving } from './lot-moves.js';
import { lacksSecondOperator } from './second-operator.js';

/**
 * P4: a purchase is final. The exception is a ground in the Agreement or in law, named by one operator and confirmed by
 * another: what is left of the lot is withdrawn, with the outgoing payment and the credit note on record.
 */
export function decideRefund(state: AccountState, command: RefundLot, context: Context): Booking[] | Refusal {
  const { ground } = command;
  if (ground === null) {
    return refusal('purchase-final', 'Purchases are final and non-refundable, except on a ground that the Agreement or the law gives.', {
      pointer: '/ground',
      data: { clause: 'P4' },
    });
  }
  const lot = findLot(state, command.lotId);
  if (lot === undefined) return lotNotFound();
  if (lot.kind !== 'purchase') {
    return refusal('lot-not-refundable', 'Nobody paid for this lot: an adjustment takes it back.', { pointer: '/lotId', data: { kind: lot.kind } });
  }
  if (lot.condition === 'refunded') return lotRefunded();
  const lacks = lacksSecondOperator(command);
  if (lacks !== null) return lacks;
  const { available, frozen } = lot.buckets;
  const { outgoingPayment, creditNote, requestedBy } = command;
  return [
    {
      draft: {
        ...plain(command),
        type: 'refund',
        occurredAt: context.now,
        subject: lot.purchaseId,
        credits: available.add(frozen),
        detail: canonicalJson({
          clause: 'P4',
          creditNote,
          ground: { ...ground },
          lotId: String(lot.lotId),
          outgoingPayment: { ...outgoingPayment },
          requestedBy,
        }),
        postings: [...moving(lot.lotId, 'available', 'withdrawn', available), ...moving(lot.lotId, 'frozen', 'withdrawn', frozen)],
      },
      effects: { condition: { lotId: lot.lotId, condition: 'refunded', freezeOwed: ZERO } },
    },
  ];
}

