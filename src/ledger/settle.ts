import type { Command } from '../domain/command.js';
import { refusal } from '../domain/errors.js';
import { Batch } from './batch.js';
import type { LedgerConnection } from './connection.js';
import { flight } from './flight.js';
import { HoldsAtHand, namesHold } from './holds-at-hand.js';
import { byAccount, loadLotsOfHolds, loadNamed, loadStates } from './load-states.js';
import type { Memory } from './memory.js';
import { findKeys } from './sql/find-keys.js';
import { loadNamedHolds } from './sql/load-holds.js';
import { LOTS_LOADED_FIRST, loadOpenLots } from './sql/load-lots.js';
import { existingAccounts, lockAccounts } from './sql/lock-accounts.js';
import { readBusinessTime } from './sql/read-business-time.js';
import { readEntries } from './sql/read-entries.js';
import { LOCKED_ELSEWHERE, keyOf, keyReused, type Settled, type Transaction, type Verdict } from './verdict.js';

/**
 * One transaction for all these commands: lock, load, decide, append, commit. The verdicts are in the order of the
 * commands, and they are given only after COMMIT was answered with `COMMIT`. Throws when nothing was kept, or when the
 * outcome is unknown (`transaction.committing`).
 */
export async function settle(
  connection: LedgerConnection,
  commands: readonly Command[],
  memory: Memory,
  transaction: Transaction,
): Promise<Settled[]> {
  const ids = [...new Set(commands.map(({ accountId }) => accountId))].sort(bytewise);
  const unknown = ids.filter((id) => memory.stateOf(id) === undefined);
  const onHolds = commands.filter(namesHold);

  // First flight: sent together, answered in order, so each statement sees what is true after the lock.
  const [, heads, now, usedKeys, lots, holds] = await flight(
    connection.together(() => [
      connection.command('BEGIN'),
      lockAccounts(connection, ids),
      readBusinessTime(connection),
      findKeys(connection, commands),
      unknown.length === 0 ? Promise.resolve([]) : loadOpenLots(connection, unknown, LOTS_LOADED_FIRST),
      onHolds.length === 0 ? Promise.resolve([]) : loadNamedHolds(connection, onHolds),
    ] as const),
  );
  const locked = new Set(heads.map(({ accountId }) => accountId));
  const absent = ids.filter((id) => !locked.has(id));
  const existing = absent.length === 0 ? new Set<string>() : await existingAccounts(connection, absent);

  const loadedLots = byAccount(lots);
  for (const id of unknown) if (!loadedLots.has(id)) loadedLots.set(id, []);
  const states = await loadStates(connection, heads, loadedLots, memory);
  const used = new Map(usedKeys.map((key) => [keyOf(key), key]));
  const fresh = commands.filter((command) => locked.has(command.accountId) && !used.has(keyOf(command)));
  const work = new Batch(connection, states, new HoldsAtHand(holds), now, memory);
  for (const { accountId } of heads) await work.runDue(accountId);
  await loadNamed(connection, states, fresh, memory, now);
  await loadLotsOfHolds(connection, states, holds, memory);

  const settled: (Settled | { readonly replayOf: number })[] = [];
  for (const command of commands) {
    const key = used.get(keyOf(command));
    if (!locked.has(command.accountId)) settled.push(existing.has(command.accountId) ? LOCKED_ELSEWHERE : accountNotFound(command));
    else if (key === undefined) settled.push(await work.carryOut(command));
    else if (key.fingerprint !== command.fingerprint) settled.push(keyReused());
    else settled.push({ replayOf: key.seq });
  }
  const replays = commands.flatMap(({ accountId }, i) => {
    const verdict = settled[i];
    return typeof verdict === 'object' && 'replayOf' in verdict ? [{ accountId, seq: verdict.replayOf }] : [];
  });
  const replayed = replays.length === 0 ? [] : await readEntries(connection, replays);

  settled.forEach((verdict, i) => {
    const isReplay = typeof verdict === 'object' && ('replayOf' in verdict || (verdict.ok && verdict.replayed));
    if (isReplay) transaction.replays.add(commands[i] as Command);
  });
  await work.commit(transaction);
  return settled.map((verdict, i) => {
    if (verdict === LOCKED_ELSEWHERE || !('replayOf' in verdict)) return verdict;
    const entry = replayed.find((other) => other.accountId === commands[i]?.accountId && other.seq === verdict.replayOf);
    if (entry === undefined) throw new Error('an entry that was found by its key could not be read');
    return { ok: true, entry, replayed: true };
  });
}

/** The order of `COLLATE "C"`, so that every instance locks in the same one. */
function bytewise(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function accountNotFound({ accountId }: Command): Verdict {
  return { ok: false, refusal: refusal('account-not-found', 'There is no such account.', { data: { accountId } }) };
}
