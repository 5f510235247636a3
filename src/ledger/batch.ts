import type { AccountState } from '../domain/account-state.js';
import type { Booked } from '../domain/booking.js';
import type { Command } from '../domain/command.js';
import { corrected } from '../domain/corrections.js';
import { decide } from '../domain/decide.js';
import type { Entry } from '../domain/entry.js';
import { MORE_LOTS_NEEDED } from '../domain/pricing.js';
import { citedDebitOf } from '../domain/reversal.js';
import { unfundedUsageOf } from '../domain/unfunded.js';
import type { LedgerConnection } from './connection.js';
import { flight } from './flight.js';
import { namesHold, type HoldsAtHand } from './holds-at-hand.js';
import { loadAllLots } from './load-states.js';
import type { Memory } from './memory.js';
import { holdsChanged, lotsChanged } from './rows-changed.js';
import { runDue } from './run-due.js';
import { appendEntries } from './sql/append-entries.js';
import { appendPostings } from './sql/append-postings.js';
import { moveHeads, updateAccounts } from './sql/update-accounts.js';
import { appendEvents, moveAlerts, type AlertsMoved } from './sql/write-alerts.js';
import { insertUnfunded } from './sql/write-corrections.js';
import { insertMetadata, writeEffects } from './sql/write-effects.js';
import { insertHolds, updateHolds } from './sql/write-holds.js';
import { burnLots, insertLots, updateLotConditions, updateLots } from './sql/write-lots.js';
import { keyOf, keyReused, type Transaction, type Verdict } from './verdict.js';

/** COMMIT was answered with another tag: a statement before it had failed, and nothing is kept. */
class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/**
 * So many commands are decided before what they came to is sent: the database inserts one part of a batch while the next
 * is being decided.
 */
const PART = 64;

/** The states of a batch on their way, and all that has to be written for them. */
export class Batch {
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
    private readonly holds: HoldsAtHand,
    private readonly now: number,
    private readonly memory: Memory,
  ) {
    this.loaded = new Map(states);
  }

  async runDue(accountId: string): Promise<void> {
    const before = this.states.get(accountId) as AccountState;
    if (before.dueAt === null || before.dueAt > Math.max(this.now, before.lastRecordedAt)) return;
    const withHolds = { ...before, holds: this.holds.ofAccount(accountId) };
    const { state, booked } = await runDue(this.connection, withHolds, this.now, this.memory);
    this.keep(state, booked);
  }

  private keep(state: AccountState, booked: readonly Booked[]): void {
    this.states.set(state.accountId, this.holds.putAside(state, booked));
    this.changed.add(state.accountId);
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
      this.states.set(command.accountId, this.holds.putAside(state, []));
      decision = decide(state, command, context);
      if (decision === MORE_LOTS_NEEDED) throw new Error(`account ${command.accountId} has more open lots than can be loaded`);
    }
    if (decision.booked.length > 0) {
      this.keep(decision.state, decision.booked);
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
    if (namesHold(command)) return { ...state, holds: this.holds.named(command) };
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
    const { opened, burnt, touched, disputed } = lotsChanged(this.booked, this.states);
    if (opened.length > 0) this.write(insertLots(this.connection, opened));
    if (burnt.length > 0) this.write(burnLots(this.connection, burnt));
    if (touched.length > 0) this.write(updateLots(this.connection, touched));
    if (disputed.length > 0) this.write(updateLotConditions(this.connection, disputed));
    const { placed, altered: alteredHolds } = holdsChanged(this.booked);
    if (placed.length > 0) this.write(insertHolds(this.connection, placed));
    if (alteredHolds.length > 0) this.write(updateHolds(this.connection, alteredHolds));
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
}

/** Whether all that stands beside the balances is as it was loaded: standing, contract and what is due change with few entries. */
function onlyHeadMoved(before: AccountState | undefined, after: AccountState): boolean {
  return before?.standing === after.standing && before.contract === after.contract && before.dueAt === after.dueAt;
}
