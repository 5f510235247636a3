import type { Alerts } from './alerting.js';
import type { Corrections } from './corrections.js';
import type { Amount } from './credits.js';
import type { Contract } from './contract.js';
import type { Lot, LotKind } from './lot.js';
import { compareBurnOrder, withLotInOrder } from './burn-order.js';
import type { Hold } from './hold.js';
import type { Payment, Purchase } from './purchase.js';
import type { AccountStatus, Standing } from './standing.js';

/** A debit or a capture that a command of the batch cites, with what was reversed of it so far. */
export interface CitedDebit {
  readonly seq: number;
  readonly occurredAt: number;
  readonly feature: string | null;
  readonly legs: readonly CitedLeg[];
  /** Share of the action that reversals returned so far, 0 to 1. */
  readonly reversedShare: Amount;
}

export interface CitedLeg {
  readonly line: number;
  readonly lotId: number;
  readonly rateVersion: string;
  readonly share: Amount;
  readonly credits: Amount;
  /** Credits that earlier reversals gave back to this leg. */
  readonly reversed: Amount;
}

/** One account as it stands after `seq`: read under its lock, or computed from there by `decide`. A value, never changed. */
export interface AccountState {
  readonly accountId: string;
  readonly seq: number;
  /** The hash of entry `seq`; two states of an account with the same head are the same state. */
  readonly headHash: string;
  readonly lastRecordedAt: number;
  readonly available: Amount;
  readonly held: Amount;
  readonly status: AccountStatus;
  /** What the status follows from. */
  readonly standing: Standing;
  /** When something falls due at the earliest: an expiry, an end, a lapse. Never too late; null: nothing will. */
  readonly dueAt: number | null;
  readonly contract: Contract;
  readonly alerts: Alerts;
  /** Open lots in burn order: all of them, or the first ones when `moreLots`. */
  readonly lots: readonly Lot[];
  readonly moreLots: boolean;
  /** Lots outside that list which a command of the batch names, by id. */
  readonly otherLots: ReadonlyMap<number, Lot>;
  readonly citedDebits: ReadonlyMap<number, CitedDebit>;
  readonly corrections: Corrections;
  readonly purchases: ReadonlyMap<string, Purchase>;
  /** Holds that a command of the batch names, or that are due. */
  readonly holds: ReadonlyMap<string, Hold>;
  /** Payments already on record under a provider's id that a command of the batch names. */
  readonly payments: ReadonlyMap<string, Payment>;
}

/** The balance that alerts and suspension look at (SPEC 2). */
export function balanceOf(state: { readonly available: Amount; readonly held: Amount }): Amount {
  return state.available.add(state.held);
}

export function findLot(state: AccountState, lotId: number): Lot | undefined {
  return state.lots.find((lot) => lot.lotId === lotId) ?? state.otherLots.get(lotId);
}

/**
 * The state's lots with one put in or replaced. A lot that belongs behind the loaded ones of a longer list stays outside:
 * pricing must not reach it before those in between.
 */
export function withLot(state: LotList, lot: Lot): LotList {
  const listed = state.lots.some((other) => other.lotId === lot.lotId);
  const last = state.lots.at(-1);
  const beyond = state.moreLots && (last === undefined || compareBurnOrder(lot, last) > 0);
  if (!listed && beyond) {
    return { lots: state.lots, otherLots: new Map(state.otherLots).set(lot.lotId, lot), moreLots: state.moreLots };
  }
  return { lots: withLotInOrder(state.lots, lot), otherLots: without(state.otherLots, lot.lotId), moreLots: state.moreLots };
}

/** A lot stands in one of the two lists only, so that nothing that looks at both counts it twice. */
function without(lots: ReadonlyMap<number, Lot>, lotId: number): ReadonlyMap<number, Lot> {
  if (!lots.has(lotId)) return lots;
  const rest = new Map(lots);
  rest.delete(lotId);
  return rest;
}

/** Every lot that the state knows, those in burn order first. */
export function knownLots(state: Pick<AccountState, 'lots' | 'otherLots'>): Lot[] {
  return [...state.lots, ...state.otherLots.values()];
}

/**
 * The lots in the burn order that a newly signed order form asks for (SPEC 9). Of a longer list only the first lots are loaded,
 * and those may no longer be the first: they stay at hand, but burning has to ask for all.
 */
export function reprioritized(state: LotList, priority: Readonly<Record<LotKind, number>>): LotList {
  const renew = (lot: Lot): Lot => (lot.priority === priority[lot.kind] ? lot : { ...lot, priority: priority[lot.kind] });
  const lots = state.lots.map(renew);
  const others = [...state.otherLots.values()].map(renew);
  if (!state.moreLots) return { lots: lots.sort(compareBurnOrder), otherLots: byId(others), moreLots: false };
  return { lots: [], otherLots: byId([...others, ...lots]), moreLots: true };
}

function byId(lots: readonly Lot[]): ReadonlyMap<number, Lot> {
  return new Map(lots.map((lot) => [lot.lotId, lot]));
}

type LotList = Pick<AccountState, 'lots' | 'otherLots' | 'moreLots'>;
