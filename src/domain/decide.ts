import type { AccountState, AccountStatus } from './account-state.js';
import { decideAnnouncement, decideDelivery, decideOrderForm } from './agreement.js';
import { atRecording, book, type Booked, type Booking, type Context } from './booking.js';
import { decidePayment, decidePurchase } from './buying.js';
import type { Command } from './command.js';
import { decideDebit } from './debit.js';
import { RefusedError, type Refusal } from './errors.js';
import { decideGrant } from './grant.js';
import { MORE_LOTS_NEEDED } from './pricing.js';
import { afterReversal, decideReversal } from './reversal.js';
import { ONE } from './credits.js';
import { statusAfter, statusAfterRefusal, statusChange } from './status.js';

/** What a command comes to: the next state, what has to be written, and the verdict for its caller. */
export interface Decision {
  readonly state: AccountState;
  /** In order of `seq`. The first one answers the command, unless it was refused. */
  readonly booked: readonly Booked[];
  readonly refusal: Refusal | null;
}

/**
 * Decides one command on one account: pure, so that a batch gives exactly the verdicts that its commands would have got
 * one after another (SPEC 16.8).
 */
export function decide(state: AccountState, command: Command, clock: Context): Decision | typeof MORE_LOTS_NEEDED {
  const context = atRecording(clock, state);
  const wanted = rule(state, command, context);
  if (wanted === MORE_LOTS_NEEDED) return wanted;
  if (!Array.isArray(wanted)) {
    const status = statusAfterRefusal(state, wanted);
    const change = changeStatus({ state, booked: [] }, status, null, context);
    return { ...change, refusal: wanted };
  }
  try {
    return { ...bookAll(state, command, wanted, context), refusal: null };
  } catch (error) {
    // An amount out of range shows itself only when it is booked; nothing of it has left this function.
    if (error instanceof RefusedError) return { state, booked: [], refusal: error.refusal };
    throw error;
  }
}

function rule(state: AccountState, command: Command, context: Context): Booking[] | Refusal | typeof MORE_LOTS_NEEDED {
  switch (command.type) {
    case 'debit':
      return decideDebit(state, command, context);
    case 'reverse':
      return decideReversal(state, command, context);
    case 'grant':
      return decideGrant(state, command, context);
    case 'place-purchase':
      return decidePurchase(state, command, context);
    case 'record-payment':
      return decidePayment(state, command, context);
    case 'sign-order-form':
      return decideOrderForm(state, command, context);
    case 'announce-rates':
      return decideAnnouncement(state, command, context);
    case 'deliver-notice':
      return decideDelivery(state, command, context);
  }
}

interface Progress {
  readonly state: AccountState;
  readonly booked: readonly Booked[];
}

function bookAll(state: AccountState, command: Command, bookings: readonly Booking[], context: Context): Progress {
  let progress: Progress = { state, booked: [] };
  for (const booking of bookings) {
    const before = progress.state;
    const step = book(before, booking, context);
    progress = { state: step.state, booked: [...progress.booked, step.booked] };
    const status = booking.draft.postings.length === 0 ? step.state.status : statusAfter(before, step.state);
    progress = changeStatus(progress, status, step.state.seq, context);
  }
  if (command.type === 'reverse') progress = { ...progress, state: noteReversal(progress.state, state, command) };
  return progress;
}

function changeStatus(progress: Progress, status: AccountStatus, cites: number | null, context: Context): Progress {
  if (status === progress.state.status) return progress;
  const { state, booked } = book(progress.state, statusChange(progress.state.status, status, cites, context), context);
  return { state: { ...state, status }, booked: [...progress.booked, booked] };
}

function noteReversal(
  after: AccountState,
  before: AccountState,
  command: Extract<Command, { type: 'reverse' }>,
): AccountState {
  const cited = before.citedDebits.get(command.seq);
  if (cited === undefined) return after;
  const share = command.share ?? ONE.sub(cited.reversedShare);
  return { ...after, citedDebits: new Map(after.citedDebits).set(cited.seq, afterReversal(cited, share)) };
}
