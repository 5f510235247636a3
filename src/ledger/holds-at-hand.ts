import type { AccountState } from '../domain/account-state.js';
import type { Booked } from '../domain/booking.js';
import type { Command } from '../domain/command.js';
import type { Hold } from '../domain/hold.js';
import type { HoldOfAccount } from './sql/load-holds.js';

type HoldCommand = Extract<Command, { readonly holdId: string }>;

/**
 * The holds that commands of a batch name, beside the states: what is in a state is copied for every entry, and one account
 * may place and capture hundreds in a batch. A command is decided on a state that has its own hold only.
 */
export class HoldsAtHand {
  private readonly holds = new Map<string, Map<string, Hold>>();

  constructor(loaded: readonly HoldOfAccount[]) {
    for (const { accountId, hold } of loaded) this.put(accountId, hold);
  }

  named({ accountId, holdId }: HoldCommand): AccountState['holds'] {
    const hold = this.holds.get(accountId)?.get(holdId);
    return hold === undefined ? NONE : new Map([[holdId, hold]]);
  }

  ofAccount(accountId: string): AccountState['holds'] {
    return this.holds.get(accountId) ?? NONE;
  }

  /** Takes over the holds as these entries left them; returns the state without any. */
  putAside(state: AccountState, booked: readonly Booked[]): AccountState {
    for (const { effects } of booked) if (effects.hold !== undefined) this.put(state.accountId, effects.hold);
    return state.holds.size === 0 ? state : { ...state, holds: NONE };
  }

  private put(accountId: string, hold: Hold): void {
    const holds = this.holds.get(accountId);
    if (holds === undefined) this.holds.set(accountId, new Map([[hold.holdId, hold]]));
    else holds.set(hold.holdId, hold);
  }
}

export function namesHold(command: Command): command is HoldCommand {
  return 'holdId' in command;
}

const NONE: AccountState['holds'] = new Map<never, never>();
