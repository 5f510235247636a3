import { balanceOf, type AccountState } from './account-state.js';
import { decideAdjustment } from './adjustment.js';
import { decideAlertRules } from './alert-rules-change.js';
import { eventsOf } from './alerting.js';
import { decideOrderForm } from './agreement.js';
import { atRecording, book, type Booked, type Booking, type Context } from './booking.js';
import { decidePurchase, decideVoiding } from './buying.js';
import { decideCapture } from './capture.js';
import type { Command } from './command.js';
import type { Amount } from './credits.js';
import { decideDebit } from './debit.js';
import { decideDispute, decideDisputeOutcome } from './dispute.js';
import { expiredHolds, firstDue, nextDueAt } from './due.js';
import { RefusedError, refusal, type Refusal } from './errors.js';
import { decideFreeze, decideFreezeRelease, decideWithdrawal } from './freezing.js';
import { decideGrant } from './grant.js';
import { decideExtension, decideHold, decideRelease } from './holding.js';
import { decideAnnouncement, decideBounce, decideDelivery, decideRateWithdrawal } from './notice.js';
import { decidePayment, decideWithholding, decideWriteOff } from './paying.js';
import { decidePaymentReversal } from './payment-reversal.js';
import { decidePeriodClosing, decidePeriodReopening } from './period.js';
import { MORE_LOTS_NEEDED } from './pricing.js';
import { decideRefund } from './refund.js';
import { withRefundedReturn } from './refunded-return.js';
import { decideReversal } from './reversal.js';
import type { Standing } from './standing.js';
import { creditAfter, creditAfterRefusal, standingChange } from './status.js';
import { decideClosing, decideResumption, decideSuspension } from './suspension.js';
import { decideTransferIn, decideTransferOut } from './transfer.js';
import { decideSettlement, decideWaiver } from './unfunded.js';

/** What a command comes to: the next state, what has to be written, and the verdict for its caller. */
export interface Decision {
  readonly state: AccountState;
  /** In order of `seq`. The first one answers the command, unless it was refused. */
  readonly booked: readonly Booked[];
  readonly refusal: Refusal | null;
}

/**
 * Decides one command on one account: pure, so that a batch gives exactly the verdicts that its commands would have got
 * one after another (SPEC 16.8). What was due on the account has been carried out before.
 */
export function decide(state: AccountState, command: Command, clock: Context): Decision | typeof MORE_LOTS_NEEDED {
  const context = atRecording(clock, state);
  const wanted = state.standing.closed && !OF_THE_BOOKS.has(command.type) ? closed(command) : rule(state, command, context);
  if (wanted === MORE_LOTS_NEEDED) return wanted;
  if (!Array.isArray(wanted)) {
    const credit = creditAfterRefusal(state, wanted, context.now);
    return { ...changeCredit({ state, booked: [] }, credit, undefined, context), refusal: wanted };
  }
  try {
    return { ...bookAll(state, wanted, context), refusal: null };
  } catch (error) {
    // An amount out of range shows itself only when it is booked; nothing of it has left this function.
    if (error instanceof RefusedError) return { state, booked: [], refusal: error.refusal };
    throw error;
  }
}

/**
 * Carries out everything that is due on an account by now, one after another. The state holds all that may be due;
 * `ahead` are the earliest instants of what was not loaded because it lies in the future. What runs out on a closed account
 * runs out all the same: its holds give back, its credits lapse.
 */
export function decideDue(state: AccountState, ahead: readonly (number | null)[], clock: Context): Progress {
  const context = atRecording(clock, state);
  const expired = expiredHolds(state, context.now);
  const holds = new Map(state.holds);
  let next = 0;
  let progress: Progress = { state: { ...state, holds: NO_HOLDS }, booked: [] };
  let due = firstDue(progress.state, expired[next], context);
  while (due !== null) {
    progress = bookOne(progress, due, context);
    for (const hold of progress.state.holds.values()) {
      holds.set(hold.holdId, hold);
      next += 1;
    }
    // Ended holds pile up beside the state: all that is in it is copied for every entry.
    progress = { ...progress, state: { ...progress.state, holds: NO_HOLDS } };
    due = firstDue(progress.state, expired[next], context);
  }
  const after = { ...progress.state, holds };
  return { state: { ...after, dueAt: nextDueAt(after, ahead, context) }, booked: progress.booked };
}

const NO_HOLDS: AccountState['holds'] = new Map();

/** The books of a closed account go on until its last period is closed. */
const OF_THE_BOOKS: ReadonlySet<Command['type']> = new Set(['close-period', 'reopen-period']);

/** SPEC 10: a closed account answers replays and reads; all else is refused. */
function closed(command: Command): Refusal {
  return command.type === 'run-due' ? nothingDue() : refusal('account-closed', 'This account is closed.');
}

function nothingDue(): Refusal {
  return refusal('nothing-due', 'All that was due on this account has been booked.');
}

function rule(state: AccountState, command: Command, context: Context): Booking[] | Refusal | typeof MORE_LOTS_NEEDED {
  switch (command.type) {
    case 'debit':
      return decideDebit(state, command, context);
    case 'place-hold':
      return decideHold(state, command, context);
    case 'capture-hold':
      return decideCapture(state, command, context);
    case 'release-hold':
      return decideRelease(state, command, context);
    case 'extend-hold':
      return decideExtension(state, command, context);
    case 'reverse':
      return decideReversal(state, command, context);
    case 'grant':
      return decideGrant(state, command, context);
    case 'place-purchase':
      return decidePurchase(state, command, context);
    case 'void-purchase':
      return decideVoiding(state, command, context);
    case 'record-payment':
      return decidePayment(state, command, context);
    case 'record-withholding':
      return decideWithholding(state, command, context);
    case 'write-off-shortfall':
      return decideWriteOff(state, command, context);
    case 'reverse-payment':
      return decidePaymentReversal(state, command, context);
    case 'sign-order-form':
      return decideOrderForm(state, command, context);
    case 'announce-rates':
      return decideAnnouncement(state, command, context);
    case 'deliver-notice':
      return decideDelivery(state, command, context);
    case 'bounce-notice':
      return decideBounce(state, command, context);
    case 'withdraw-rates':
      return decideRateWithdrawal(state, command, context);
    case 'suspend':
      return decideSuspension(state, command, context);
    case 'resume':
      return decideResumption(state, command, context);
    case 'close':
      return decideClosing(state, command, context);
    case 'freeze-lot':
      return decideFreeze(state, command, context);
    case 'release-frozen':
      return decideFreezeRelease(state, command, context);
    case 'withdraw-frozen':
      return decideWithdrawal(state, command, context);
    case 'adjust':
      return decideAdjustment(state, command, context);
    case 'refund-lot':
      return decideRefund(state, command, context);
    case 'transfer-out':
      return decideTransferOut(state, command, context);
    case 'transfer-in':
      return decideTransferIn(state, command, context);
    case 'settle-unfunded':
      return decideSettlement(state, command, context);
    case 'waive-unfunded':
      return decideWaiver(state, command, context);
    case 'open-dispute':
      return decideDispute(state, command, context);
    case 'close-dispute':
      return decideDisputeOutcome(state, command, context);
    case 'close-period':
      return decidePeriodClosing(state, command, context);
    case 'reopen-period':
      return decidePeriodReopening(state, command, context);
    case 'change-alert-rules':
      return decideAlertRules(state, command, context);
    case 'run-due':
      return nothingDue();
  }
}

interface Progress {
  readonly state: AccountState;
  readonly booked: readonly Booked[];
}

function bookAll(state: AccountState, bookings: readonly Booking[], context: Context): Progress {
  let progress: Progress = { state, booked: [] };
  for (const booking of bookings) progress = bookOne(progress, booking, context);
  return progress;
}

/** Books an entry, what it tells, and the change of standing that its balance causes, in one go (P5, SPEC 11). */
function bookOne(progress: Progress, wanted: Booking, context: Context): Progress {
  const before = progress.state;
  const booking = withRefundedReturn(wanted, before.accountId, before.seq + 1);
  const was = balanceOf(before);
  const step = book(before, booking, context);
  const moves = booking.draft.postings.length > 0;
  const is = moves ? balanceOf(step.state) : was;
  const { state, booked } = told(step, was, is);
  const after = { state, booked: [...progress.booked, booked] };
  return moves ? changeCredit(after, creditAfter(state, was, is, context.now), state.seq, context) : after;
}

function changeCredit(progress: Progress, credit: Standing['credit'], cites: number | undefined, context: Context): Progress {
  const { standing } = progress.state;
  if (credit === standing.credit) return progress;
  const change = standingChange(standing, { ...standing, credit }, context, cites === undefined ? {} : { cites });
  const balance = balanceOf(progress.state);
  const { state, booked } = told(book(progress.state, change, context), balance, balance);
  return { state, booked: [...progress.booked, booked] };
}

interface Step {
  readonly state: AccountState;
  readonly booked: Booked;
}

/** Adds the events of an entry, and what the account's alerts remember of it. Nearly always there are none. */
function told(step: Step, was: Amount, is: Amount): Step {
  const { state, booked } = step;
  const news = eventsOf(state.alerts, state.contract, booked.entry, was, is);
  return news === null ? step : { state: { ...state, alerts: news.alerts }, booked: { ...booked, events: news.events } };
}
