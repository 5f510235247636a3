import type { AccountState } from '../domain/account-state.js';
import { NO_CORRECTIONS } from '../domain/corrections.js';
import type { Contract } from '../domain/contract.js';
import type { RateVersion } from '../domain/rate.js';

/**
 * What a ledger remembers between transactions. Nothing in it is trusted: a state counts only while the locked row has the
 * very same head hash, a contract only while it has the same `configVersion`, and rate versions never change.
 */
export class Memory {
  private readonly states = new Map<string, AccountState>();
  private readonly contracts = new Map<string, Contract>();
  readonly rates = new Map<string, RateVersion>();

  constructor(private readonly limit: number) {}

  stateOf(accountId: string): AccountState | undefined {
    return this.states.get(accountId);
  }

  contractOf(accountId: string): Contract | undefined {
    return this.contracts.get(accountId);
  }

  /** Remembers a state that was committed, without what was only loaded for one batch. */
  keep(state: AccountState): void {
    const lots = state.lots.filter((lot) => !lot.buckets.available.isZero());
    this.put(this.states, state.accountId, { ...state, lots, otherLots: NONE, citedDebits: NONE, corrections: NO_CORRECTIONS, purchases: NONE, holds: NONE, payments: NONE });
    this.put(this.contracts, state.accountId, state.contract);
  }

  forget(accountId: string): void {
    this.states.delete(accountId);
    this.contracts.delete(accountId);
  }

  private put<Value>(memory: Map<string, Value>, key: string, value: Value): void {
    memory.delete(key);
    memory.set(key, value);
    if (memory.size > this.limit) {
      const [oldest] = memory.keys();
      if (oldest !== undefined) memory.delete(oldest);
    }
  }
}

const NONE: ReadonlyMap<never, never> = new Map<never, never>();
