import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import type { CloseAccount, ResumeAccount, SuspendAccount } from './command.js';
import { refusal, type Refusal } from './errors.js';
import { standingChange } from './status.js';

/** SPEC 10: an operator can suspend for another reason than credits, with a reference, and only operators end that. */
export function decideSuspension(state: AccountState, command: SuspendAccount, context: Context): Booking[] | Refusal {
  const { reason, reference, cutsOffRunningWork } = command;
  const to = { ...state.standing, operator: { reason, reference, cutsOffRunningWork } };
  return [standingChange(state.standing, to, context, { origin: command, reason })];
}

export function decideResumption(state: AccountState, command: ResumeAccount, context: Context): Booking[] | Refusal {
  if (state.standing.operator === null) {
    return refusal('not-suspended', 'No operator has suspended this account. A lack of credits ends when credits are bought.');
  }
  return [standingChange(state.standing, { ...state.standing, operator: null }, context, { origin: command, reason: command.reason })];
}

/** Ends an account for good: nothing is booked on it any more. */
export function decideClosing(state: AccountState, command: CloseAccount, context: Context): Booking[] | Refusal {
  return [standingChange(state.standing, { ...state.standing, closed: true }, context, { origin: command, reason: command.reason })];
}
