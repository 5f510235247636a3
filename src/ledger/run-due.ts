import type { AccountState } from '../domain/account-state.js';
import type { Booked } from '../domain/booking.js';
import { instantText } from '../domain/calendar.js';
import { decideDue } from '../domain/decide.js';
import type { LedgerConnection } from './connection.js';
import { loadAllLots } from './load-states.js';
import type { Memory } from './memory.js';
import { loadAhead, loadDuePurchaseIds } from './sql/load-ahead.js';
import { loadDueHolds } from './sql/load-holds.js';
import { loadNamedLots } from './sql/load-lots.js';
import { loadPurchases } from './sql/load-purchases.js';

/**
 * Carries out what is due on a locked account, before any command of the batch looks at it: expiries, ends and lapses need
 * no worker to be right, only to be prompt.
 */
export async function runDue(
  connection: LedgerConnection,
  state: AccountState,
  now: number,
  memory: Memory,
): Promise<{ readonly state: AccountState; readonly booked: readonly Booked[] }> {
  const { accountId } = state;
  const at = instantText(Math.max(now, state.lastRecordedAt));
  const [holds, purchaseIds, ahead] = await Promise.all([
    loadDueHolds(connection, accountId, at),
    loadDuePurchaseIds(connection, accountId, at),
    loadAhead(connection, accountId, at),
  ]);
  const withLots = await loadAllLots(connection, state, memory);
  const known = new Set([...withLots.lots.map(({ lotId }) => lotId), ...withLots.otherLots.keys()]);
  const names = holds.flatMap(({ hold }) => hold.legs.map(({ lotId }) => lotId)).filter((lotId) => !known.has(lotId));
  const [lots, purchases] = await Promise.all([
    names.length === 0 ? [] : loadNamedLots(connection, [...new Set(names)].map((lotId) => ({ accountId, lotId }))),
    purchaseIds.length === 0 ? [] : loadPurchases(connection, purchaseIds.map((purchaseId) => ({ accountId, purchaseId }))),
  ]);
  const loaded: AccountState = {
    ...withLots,
    otherLots: new Map([...withLots.otherLots, ...lots.map(({ lot }) => [lot.lotId, lot] as const)]),
    holds: new Map(holds.map(({ hold }) => [hold.holdId, hold])),
    purchases: new Map(purchases.map(({ purchase }) => [purchase.purchaseId, purchase])),
  };
  return decideDue(loaded, ahead, { now, rates: memory.rates });
}
