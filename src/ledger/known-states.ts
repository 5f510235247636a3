import { findLot, type AccountState } from '../domain/account-state.js';
import { priorityOf, type Contract } from '../domain/contract.js';
import type { Lot } from '../domain/lot.js';
import type { LotOfAccount } from './sql/load-lots.js';

/** Priority follows the order form that was signed last, perhaps by this very batch (SPEC 9). */
export function withPriority(lot: Lot, contract: Contract): Lot {
  const priority = priorityOf(contract, lot.kind) ?? lot.priority;
  return priority === lot.priority ? lot : { ...lot, priority };
}

export function changeState(states: Map<string, AccountState>, accountId: string, update: (state: AccountState) => Partial<AccountState>): void {
  const state = states.get(accountId);
  if (state !== undefined) states.set(accountId, { ...state, ...update(state) });
}

/** Puts lots beside the loaded ones, unless the state has them already, perhaps changed by this very batch. */
export function addLots(states: Map<string, AccountState>, lots: readonly LotOfAccount[]): void {
  for (const { accountId, lot } of lots) {
    changeState(states, accountId, (state) =>
      findLot(state, lot.lotId) === undefined
        ? { otherLots: new Map(state.otherLots).set(lot.lotId, withPriority(lot, state.contract)) }
        : {},
    );
  }
}
