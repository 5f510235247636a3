import { findLot, type AccountState } from '../domain/account-state.js';
import type { Booked } from '../domain/booking.js';
import { instantText } from '../domain/calendar.js';
import { decideDue } from '../domain/decide.js';
import { termsOf } from '../domain/term.js';
import type { LedgerConnection } from './connection.js';
import { addLots } from './known-states.js';
import { loadAllLots, loadMissingRates } from './load-states.js';
import type { Memory } from './memory.js';
import { loadAhead, loadDuePurchaseIds, loadEndedLotIds } from './sql/load-ahead.js';
import { loadDueHolds } from './sql/load-holds.js';
import { loadNamedLots } from './sql/load-lots.js';
import { loadPurchases } from './sql/load-purchases.js';

/**
 * Carries out what is due on an account, before a command looks at it: expiries, ends and lapses need no worker to be right,
 * only to be prompt. It reads and decides; nothing is written here. What the state knows already may have been changed by
 * this very batch, and counts for more than what the database still says.
 */
export async function runDue(
  connection: LedgerConnection,
  state: AccountState,
  clock: number,
  memory: Memory,
): Promise<{ readonly state: AccountState; readonly booked: readonly Booked[] }> {
  const { accountId } = state;
  const now = Math.max(clock, state.lastRecordedAt);
  const at = instantText(now);
  const [holds, purchaseIds, endedLots, ahead] = await Promise.all([
    loadDueHolds(connection, accountId, at),
    loadDuePurchaseIds(connection, accountId, at),
    loadEndedLotIds(connection, accountId, at),
    loadAhead(connection, accountId, at),
  ]);
  // Only the lapse of a whole Term takes every lot; other times bring a few, and an account may have hundreds.
  const term = termsOf(state.contract).at(-1);
  const lapses = term !== undefined && (term.lapsesAt <= now || state.standing.term === 'lapsed');
  const withLots = lapses ? await loadAllLots(connection, state, memory) : state;
  const needed = new Set([...endedLots, ...holds.flatMap(({ hold }) => hold.legs.map(({ lotId }) => lotId))]);
  const names = [...needed].filter((lotId) => findLot(withLots, lotId) === undefined).map((lotId) => ({ accountId, lotId }));
  const [lots, purchases] = await Promise.all([
    names.length === 0 ? [] : loadNamedLots(connection, names),
    purchaseIds.length === 0 ? [] : loadPurchases(connection, purchaseIds.map((purchaseId) => ({ accountId, purchaseId }))),
  ]);
  const states = new Map([[accountId, withLots]]);
  addLots(states, lots);
  const loaded: AccountState = {
    ...(states.get(accountId) as AccountState),
    holds: new Map([...holds.map(({ hold }) => [hold.holdId, hold] as const), ...state.holds]),
    purchases: new Map([...purchases.map(({ purchase }) => [purchase.purchaseId, purchase] as const), ...state.purchases]),
  };
  await loadMissingRates(connection, [loaded], memory);
  return decideDue(loaded, ahead, { now, rates: memory.rates });
}
