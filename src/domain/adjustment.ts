import { findLot, type AccountState } from './account-state.js';
import { OWN_LOT, type Booking, type Context, type LotDraft } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import type { Adjust } from './command.js';
import { governingOrderForm, priorityOf, versionForPurchase } from './contract.js';
import { ZERO, formatCredits, type Amount } from './credits.js';
import { refusal, type Refusal } from './errors.js';
import { lotDetail } from './grant.js';
import { exceedsLot, lotNotFound, moving } from './lot-moves.js';
import { rateVersionId } from './rate.js';
import { lacksSecondOperator } from './second-operator.js';
import { termAt } from './term.js';

export const ADJUSTMENT_WINDOW_DAYS = 30;
const WINDOW_MS = ADJUSTMENT_WINDOW_DAYS * 24 * 3_600_000;

/**
 * SPEC 12: an operator's correction with a reason. One that gives opens a lot; one that takes can only undo a grant or an
 * earlier adjustment (P4). Above the limit, cumulative over thirty days, a second operator confirms.
 */
export function decideAdjustment(state: AccountState, command: Adjust, context: Context): Booking[] | Refusal {
  const booking = command.lotId === null ? giving(state, command, context) : taking(state, command, command.lotId, context);
  if ('code' in booking) return booking;
  const total = adjustedLately(state, context.now).add(command.credits);
  if (total.gt(command.limit)) {
    const lacks = lacksSecondOperator(command);
    if (lacks !== null) {
      const data = { adjusted: formatCredits(total), limit: formatCredits(command.limit), days: String(ADJUSTMENT_WINDOW_DAYS) };
      return { ...lacks, data };
    }
  }
  return [{ ...booking, effects: { ...booking.effects, adjusted: { recordedAt: context.now, credits: command.credits } } }];
}

/** Given and taken alike: an adjustment back and forth is two of them. */
function adjustedLately(state: AccountState, now: number): Amount {
  return state.corrections.adjusted
    .filter(({ recordedAt }) => recordedAt > now - WINDOW_MS)
    .reduce((sum, { credits }) => sum.add(credits), ZERO);
}

/** The credits of a new lot, pinned to the rates of its day like any other. */
function giving(state: AccountState, command: Adjust, context: Context): Booking | Refusal {
  const { contract } = state;
  const form = governingOrderForm(contract, context.now);
  const term = termAt(contract, context.now);
  if (form === null || term === null) {
    return refusal('order-form-not-found', 'Credits are given under an order form, and this account has signed none.');
  }
  if (context.now >= term.until) return refusal('term-ended', 'The Term of this account has ended.');
  const rateVersion = rateVersionId(form.cardId, versionForPurchase(contract, form, context.now));
  const lot: LotDraft = {
    kind: 'adjustment',
    cardId: form.cardId,
    rateVersion,
    unitPrice: null,
    currency: null,
    purchaseId: null,
    orderFormId: form.orderFormId,
    allocatedAt: context.now,
    validUntil: null,
    priority: priorityOf(contract, 'adjustment') ?? form.priority.adjustment,
  };
  return {
    draft: {
      ...plain(command),
      type: 'adjustment',
      occurredAt: context.now,
      subject: null,
      credits: command.credits,
      rateVersion,
      detail: canonicalJson({ ...lotDetail(lot), ...reasons(command), direction: 'give' }),
      postings: [{ lotId: OWN_LOT, from: 'issued', to: 'available', credits: command.credits, rateVersion, share: null }],
    },
    opens: lot,
  };
}

/** Undoes a grant or an earlier adjustment, as far as it is still there. What was bought is never taken (P4). */
function taking(state: AccountState, command: Adjust, lotId: number, context: Context): Booking | Refusal {
  const lot = findLot(state, lotId);
  if (lot === undefined) return lotNotFound();
  if (lot.kind === 'purchase') {
    return refusal('purchase-final', 'What was bought is not taken away: an adjustment only undoes a grant or an earlier adjustment.', {
      pointer: '/lotId',
      data: { clause: 'P4' },
    });
  }
  if (command.credits.gt(lot.buckets.available)) return exceedsLot(lot.buckets.available);
  return {
    draft: {
      ...plain(command),
      type: 'adjustment',
      occurredAt: context.now,
      subject: null,
      cites: lotId,
      credits: command.credits,
      detail: canonicalJson({ ...reasons(command), direction: 'take', lotId: String(lotId) }),
      postings: moving(lotId, 'available', 'withdrawn', command.credits),
    },
  };
}

/** `limit` is on record, so that it can be proved afterwards whether one operator was enough. */
function reasons({ reason, requestedBy, limit }: Adjust): { reason: string; requestedBy: string | null; limit: string } {
  return { reason, requestedBy, limit: formatCredits(limit) };
}
