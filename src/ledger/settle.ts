import type { AccountState } from '../domain/account-state.js';
import type { Booked } from '../domain/booking.js';
import type { Command } from '../domain/command.js';
import { corrected } from '../domain/corrections.js';
import { decide } from '../domain/decide.js';
import type { Entry } from '../domain/entry.js';
import { refusal, type Refusal } from '../domain/errors.js';
import { MORE_LOTS_NEEDED } from '../domain/pricing.js';
import { citedDebitOf } from '../domain/reversal.js';
import { unfundedUsageOf } from '../domain/unfunded.js';
import type { LedgerConnection } from './connection.js';
import { withPriority } from './known-states.js';
import { byAccount, loadAllLots, loadNamed, loadStates } from './load-states.js';
import type { Memory } from './memory.js';
import { runDue } from './run-due.js';
import { appendEntries } from './sql/append-entries.js';
import { appendPostings } from './sql/append-postings.js';
import { findKeys } from './sql/find-keys.js';
import type { HoldOfAccount } from './sql/load-holds.js';
import { LOTS_LOADED_FIRST, loadOpenLots, type LotOfAccount } from './sql/load-lots.js';
import { existingAccounts, lockAccounts } from './sql/lock-accounts.js';
import { readBusinessTime } from './sql/read-business-time.js';
import { readEntries } from './sql/read-entries.js';
import { moveHeads, updateAccounts } from './sql/update-accounts.js';
import { appendEvents, moveAlerts, type AlertsMoved } from './sql/write-alerts.js';
import { insertUnfunded } from './sql/write-corrections.js';
import { insertMetadata, writeEffects } from './sql/write-effects.js';
import { writeHolds } from './sql/write-holds.js';
import { burnLots, insertLots, updateLotConditions, updateLots } from './sql/write-lots.js';

export type Verdict =
  | { readonly ok: true; readonly entry: Entry; readonly replayed: boolean }
  | { readonly ok: false; readonly refusal: Refusal };

/** The account is locked by another transaction: the command goes back into the queue. */
export const LOCKED_ELSEWHERE = 'locked-elsewhere';
export type Settled = Verdict | typeof LOCKED_ELSEWHERE;

/** COMMIT was answered with another tag: a statement before it had failed, and nothing is kept. */
class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/** Told right before COMMIT is sent: from then on a lost connection leaves the outcome unknown. */
export interface Transaction {
  committing: boolean;
  /** Whether the outbox got something. */
  told: boolean;
  /** The commands whose key was used before, by another one or by an earlier one of this batch. */
  readonly replays: Set<Command>;
}

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

  // First flight: sent together, answered in order, so each statement sees what is true after the lock.
  const [, heads, now, usedKeys, lots] = await flight(
    connection.together(() => [
      connection.command('BEGIN'),
      lockAccounts(connection, ids),
      readBusinessTime(connection),
      findKeys(connection, commands),
      unknown.length === 0 ? Promise.resolve([]) : loadOpenLots(connection, unknown, LOTS_LOADED_FIRST),
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
  const work = new Batch(connection, states, now, memory);
  for (const { accountId } of heads) await work.runDue(accountId);
  await loadNamed(connection, states, fresh, memory, now);

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

/**
 * So many commands are decided before what they came to is sent: the database inserts one part of a batch while the next
 * is being decided.
 */
const PART = 64;

/** The states of a batch on their way, and all that has to be written for them. */
class Batch {
  private readonly booked: Booked[] = [];
  private readonly keys = new Map<string, Entry>();
  private readonly changed = new Set<string>();
  private readonly writes: Promise<unknown>[] = [];
  private sent = 0;
  /** The states as they were loaded: what did not change since needs no writing. */
  private readonly loaded: ReadonlyMap<string, AccountState>;

  constructor(
    private readonly connection: LedgerConnection,
    private readonly states: Map<string, AccountState>,
    private readonly now: number,
    private readonly memory: Memory,
  ) {
    this.loaded = new Map(states);
  }

  async runDue(accountId: string): Promise<void> {
    const before = this.states.get(accountId) as AccountState;
    if (before.dueAt === null || before.dueAt > Math.max(this.now, before.lastRecordedAt)) return;
    const { state, booked } = await runDue(this.connection, before, this.now, this.memory);
    this.states.set(accountId, state);
    this.changed.add(accountId);
    this.booked.push(...booked);
  }

  async carryOut(command: Command): Promise<Verdict> {
    // The same key twice in one batch: the second is a replay of the first.
    const before = this.keys.get(keyOf(command));
    if (before !== undefined) {
      return before.fingerprint === command.fingerprint ? { ok: true, entry: before, replayed: true } : keyReused();
    }
    // A command of this batch may have changed the contract, and with it what is due (SPEC 16.8).
    await this.runDue(command.accountId);
    const context = { now: this.now, rates: this.memory.rates };
    let state = this.stateFor(command);
    let decision = decide(state, command, context);
    if (decision === MORE_LOTS_NEEDED) {
      state = await loadAllLots(this.connection, state, this.memory);
      this.states.set(command.accountId, state);
      decision = decide(state, command, context);
      if (decision === MORE_LOTS_NEEDED) throw new Error(`account ${command.accountId} has more open lots than can be loaded`);
    }
    if (decision.booked.length > 0) {
      this.states.set(command.accountId, decision.state);
      this.changed.add(command.accountId);
      this.booked.push(...decision.booked);
      if (this.booked.length - this.sent >= PART) this.connection.together(() => { this.send(); });
    }
    if (decision.refusal !== null) return { ok: false, refusal: decision.refusal };
    const entry = (decision.booked[0] as Booked).entry;
    this.keys.set(keyOf(command), entry);
    return { ok: true, entry, replayed: false };
  }

  /** The state that a command meets: a debit or a capture of this very batch is on no record yet, and can be reversed all the same. */
  private stateFor(command: Command): AccountState {
    const state = this.states.get(command.accountId) as AccountState;
    if (command.type !== 'reverse' || state.citedDebits.has(command.seq)) return state;
    const own = this.booked.find(({ entry }) => entry.seq === command.seq && entry.accountId === command.accountId);
    if (own?.entry.type !== 'debit' && own?.entry.type !== 'capture') return state;
    const unfunded = unfundedUsageOf(own.entry);
    return {
      ...state,
      citedDebits: new Map(state.citedDebits).set(command.seq, citedDebitOf(own.entry)),
      corrections: unfunded === null ? state.corrections : corrected(state.corrections, { unfunded }),
    };
  }

  /** Sends the inserts of what was decided since the last time, without waiting for them. */
  private send(): void {
    const part = this.booked.slice(this.sent);
    this.sent = this.booked.length;
    const entries = part.map(({ entry }) => entry);
    this.write(appendEntries(this.connection, entries));
    if (entries.some(({ postings }) => postings.length > 0)) this.write(appendPostings(this.connection, entries));
    if (part.some(({ metadata }) => metadata !== null)) this.write(insertMetadata(this.connection, part));
    if (entries.some(({ unfunded }) => unfunded !== null)) this.write(insertUnfunded(this.connection, entries));
    const events = part.flatMap((one) => one.events);
    if (events.length > 0) this.write(appendEvents(this.connection, events));
    for (const one of part) writeEffects(this.connection, one).forEach((effect) => { this.write(effect); });
  }

  /** Sends where the batch leaves accounts and lots: once each, however many entries they got. */
  private sendStanding(): void {
    const moved: AccountState[] = [];
    const altered: AccountState[] = [];
    for (const id of this.changed) {
      const state = this.states.get(id) as AccountState;
      (onlyHeadMoved(this.loaded.get(id), state) ? moved : altered).push(state);
    }
    if (moved.length > 0) this.write(moveHeads(this.connection, moved));
    if (altered.length > 0) this.write(updateAccounts(this.connection, altered));
    const { opened, burnt, touched, disputed } = this.lots();
    if (opened.length > 0) this.write(insertLots(this.connection, opened));
    if (burnt.length > 0) this.write(burnLots(this.connection, burnt));
    if (touched.length > 0) this.write(updateLots(this.connection, touched));
    if (disputed.length > 0) this.write(updateLotConditions(this.connection, disputed));
    const holds = this.holds();
    if (holds.length > 0) this.write(writeHolds(this.connection, holds));
    for (const move of moveAlerts(this.connection, this.alertsMoved())) this.write(move);
  }

  private write(statement: Promise<unknown>): void {
    // Looked at when the flight is over; should the batch fail before, nobody is left to look.
    statement.catch(() => undefined);
    this.writes.push(statement);
  }

  /** Second flight: the rest of what the batch came to, and COMMIT. */
  async commit(transaction: Transaction): Promise<void> {
    transaction.committing = true;
    transaction.told = this.booked.some(({ events }) => events.length > 0);
    const commit = this.connection.together(() => {
      if (this.booked.length > this.sent) this.send();
      if (this.changed.size > 0) this.sendStanding();
      return this.connection.command('COMMIT');
    });
    await flight([...this.writes, commit]);
    // Pipelined, a COMMIT after a failed statement succeeds, with this tag.
    if ((await commit) !== 'COMMIT') throw new NotCommittedError('the transaction was rolled back');
    for (const state of this.states.values()) this.memory.keep(state);
  }

  private alertsMoved(): AlertsMoved[] {
    return [...this.changed].flatMap((accountId) => {
      const before = this.loaded.get(accountId)?.alerts.fired;
      const after = (this.states.get(accountId) as AccountState).alerts.fired;
      return before === undefined || before === after ? [] : [{ accountId, before, after }];
    });
  }

  /** Every hold that the batch changed, once, as it stands now. */
  private holds(): HoldOfAccount[] {
    const holds = new Map<string, HoldOfAccount>();
    for (const { entry, effects } of this.booked) {
      if (effects.hold === undefined) continue;
      holds.set(`${entry.accountId}/${effects.hold.holdId}`, { accountId: entry.accountId, hold: effects.hold });
    }
    return [...holds.values()];
  }

  /** Every lot that the batch changed, once, as it stands now. */
  private lots(): Record<'opened' | 'burnt' | 'touched' | 'disputed', LotOfAccount[]> {
    const opened = new Map<string, LotOfAccount>();
    const burnt = new Map<string, LotOfAccount>();
    const touched = new Map<string, LotOfAccount>();
    const disputed = new Map<string, LotOfAccount>();
    for (const { entry, opened: lot, touchedLots, effects } of this.booked) {
      const { accountId } = entry;
      const { contract } = this.states.get(accountId) as AccountState;
      if (lot !== null) opened.set(`${lot.lotId}/${accountId}`, { accountId, lot: withPriority(lot, contract) });
      for (const changed of touchedLots) {
        const key = `${changed.lotId}/${accountId}`;
        const isDisputed = changed.condition !== 'normal' || effects.condition?.lotId === changed.lotId || disputed.has(key);
        const standing = { accountId, lot: withPriority(changed, contract) };
        if (isDisputed) disputed.set(key, standing);
        if (opened.has(key)) opened.set(key, standing);
        else if (entry.type === 'debit' && standing.lot === changed && !isDisputed && !touched.has(key)) burnt.set(key, standing);
        else {
          burnt.delete(key);
          touched.set(key, standing);
        }
      }
    }
    return { opened: [...opened.values()], burnt: [...burnt.values()], touched: [...touched.values()], disputed: [...disputed.values()] };
  }
}

/** Whether all that stands beside the balances is as it was loaded: standing, contract and what is due change with few entries. */
function onlyHeadMoved(before: AccountState | undefined, after: AccountState): boolean {
  return before?.standing === after.standing && before.contract === after.contract && before.dueAt === after.dueAt;
}

/**
 * Waits for all statements of a flight, and throws what failed *first*: those behind it only say that the transaction is
 * aborted. Waiting for all keeps the connection in step.
 */
async function flight<const Statements extends readonly Promise<unknown>[]>(
  statements: Statements,
): Promise<{ -readonly [Index in keyof Statements]: Awaited<Statements[Index]> }> {
  const results = await Promise.allSettled(statements);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
}

function keyOf(key: { readonly accountId: string; readonly keyDigest: string }): string {
  return key.keyDigest + key.accountId;
}

/** The order of `COLLATE "C"`, so that every instance locks in the same one. */
function bytewise(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function accountNotFound({ accountId }: Command): Verdict {
  return { ok: false, refusal: refusal('account-not-found', 'There is no such account.', { data: { accountId } }) };
}

function keyReused(): Verdict {
  return {
    ok: false,
    refusal: refusal(
      'idempotency-key-reused',
      'This idempotency key belongs to another request of this account. Send the request under a key of its own.',
    ),
  };
}
