import type { Booking, Context } from '../domain/booking.js';
import type { Command, Debit, PlaceHold, SettleUnfunded } from '../domain/command.js';
import { admit, type Admitted } from '../domain/debit.js';
import { offer, type PurchaseWish } from '../domain/buying.js';
import type { RecordPayment } from '../domain/buying-commands.js';
import { decidePayment, type Received } from '../domain/paying.js';
import type { PurchaseTerms } from '../domain/quote.js';
import type { EntryDraft, PostingDraft } from '../domain/entry.js';
import { refusal, type Refusal } from '../domain/errors.js';
import { decideHold } from '../domain/holding.js';
import { MORE_LOTS_NEEDED } from '../domain/pricing.js';
import { decideSettlement } from '../domain/unfunded.js';
import type { AccountState } from '../domain/account-state.js';
import { PipelinedConnection } from './connection.js';
import { classifyFailure } from './failures.js';
import { Lane } from './lane.js';
import { loadAllLots, loadNamed, loadStates } from './load-states.js';
import { Memory } from './memory.js';
import { runDue } from './run-due.js';
import { readHeads } from './sql/lock-accounts.js';
import { readBusinessTime } from './sql/read-business-time.js';
import type { Verdict } from './verdict.js';

export interface LedgerOptions {
  /** Connects as the writer. */
  readonly connectionString: string;
  readonly lanes: number;
  /** Commands that may wait in all lanes together. */
  readonly queueLimit: number;
  readonly batchLimit?: number;
  readonly patienceMs?: number;
  readonly clock: () => number;
  /** Called after a commit that put something into the outbox. */
  readonly onEvents?: () => void;
  readonly onFailure: (error: unknown, context: Readonly<Record<string, unknown>>) => void;
}

/** What a debit would cost, with the account as it stood. */
export interface Quoted {
  readonly admitted: Admitted;
  readonly state: AccountState;
}

/** What a hold would set aside, lot by lot. */
export interface HoldQuoted {
  readonly postings: readonly PostingDraft[];
  readonly state: AccountState;
}

type Question<Answer> = (state: AccountState, context: Context) => Answer | Refusal | typeof MORE_LOTS_NEEDED;

/** The terms of a purchase, and the business time at which they hold. */
export interface OfferQuoted {
  readonly terms: PurchaseTerms;
  readonly at: number;
}

const ACCOUNTS_REMEMBERED = 20_000;

/** The face of the write path: every change of a ledger goes through `execute`. Safe with any number of instances. */
export class Ledger {
  private readonly memory = new Memory(ACCOUNTS_REMEMBERED);
  private readonly lanes: readonly Lane[];
  private draining = false;
  /** Quotes take turns on one connection: each is one short snapshot. */
  private quoting: PipelinedConnection | null = null;
  private quotes: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LedgerOptions) {
    const queueLimit = Math.max(1, Math.floor(options.queueLimit / options.lanes));
    this.lanes = Array.from(
      { length: options.lanes },
      (_, i) =>
        new Lane(
          {
            connectionString: options.connectionString,
            name: `ledger-lane-${i + 1}`,
            queueLimit,
            batchLimit: options.batchLimit ?? 512,
            patienceMs: options.patienceMs ?? 10_000,
            clock: options.clock,
            onEvents: options.onEvents ?? (() => undefined),
            onFailure: options.onFailure,
          },
          this.memory,
        ),
    );
  }

  /** Carries out one command. Never rejects: whatever happens is a verdict. An `ok` is durable before it is given. */
  execute(command: Command): Promise<Verdict> {
    if (this.draining) return Promise.resolve({ ok: false, refusal: shuttingDown() });
    return this.laneOf(command.accountId).execute(command);
  }

  /** What a debit would come to, in one snapshot: nothing is locked, written or changed by it. */
  quoteDebit(command: Debit): Promise<Quoted | Refusal> {
    return this.quote(command.accountId, (state, context) => {
      const admitted = admit(state, command, context);
      return admitted === MORE_LOTS_NEEDED || 'code' in admitted ? admitted : { admitted, state };
    });
  }

  /** What a hold would set aside, likewise. */
  quoteHold(command: PlaceHold): Promise<HoldQuoted | Refusal> {
    return this.quote(command.accountId, (state, context) => {
      const bookings = decideHold(state, command, context);
      if (bookings === MORE_LOTS_NEEDED || 'code' in bookings) return bookings;
      return { postings: bookings[0]?.draft.postings ?? [], state };
    });
  }

  /** What a settlement would take: the entry that it would be, at the lot's own rates. */
  quoteSettlement(command: SettleUnfunded): Promise<EntryDraft | Refusal> {
    const question: Question<EntryDraft> = (state, context) => {
      const bookings = decideSettlement(state, command, context);
      return 'code' in bookings ? bookings : (bookings[0] as Booking).draft;
    };
    return this.quote(command.accountId, question, [command]);
  }

  /** What buying credits would come to now (P4). */
  quotePurchase(accountId: string, wish: PurchaseWish): Promise<OfferQuoted | Refusal> {
    return this.quote(accountId, (state, { now }) => {
      if (state.standing.closed) return accountClosed();
      const offered = offer(state, wish, now);
      return 'code' in offered ? offered : { terms: offered.terms, at: now };
    });
  }

  /** What a payment would do to its purchase. */
  quotePayment(command: RecordPayment): Promise<Received | Refusal> {
    const question: Question<Received> = (state, context) => {
      if (state.standing.closed) return accountClosed();
      const bookings = decidePayment(state, command, context);
      if ('code' in bookings) return bookings;
      const { purchase, payment } = bookings[0]?.effects ?? {};
      if (purchase === undefined || payment === undefined) throw new Error('a payment changes its purchase');
      return { after: purchase, excess: payment.excess };
    };
    return this.quote(command.accountId, question, [command]);
  }

  /** A question about the account as it would stand for the next command; likewise. */
  ask<Answer>(accountId: string, question: Question<Answer>): Promise<Answer | Refusal> {
    return this.quote(accountId, question);
  }

  /** `named`: commands whose entries, lots and the like the question looks at. */
  private async quote<Answer>(accountId: string, question: Question<Answer>, named: readonly Command[] = []): Promise<Answer | Refusal> {
    if (this.draining) return shuttingDown();
    const turn = this.quotes.then(() => this.quoteInTurn(accountId, question, named));
    this.quotes = turn.catch(() => undefined);
    return turn;
  }

  private async quoteInTurn<Answer>(accountId: string, question: Question<Answer>, named: readonly Command[]): Promise<Answer | Refusal> {
    let connection = this.quoting;
    try {
      // The last one may have been lost since.
      if (connection === null || connection.isLost) connection = await PipelinedConnection.open(this.options.connectionString, 'ledger-quote');
      this.quoting = connection;
      const quoted = await this.askOn(connection, accountId, question, named);
      await connection.command('ROLLBACK');
      return quoted;
    } catch (error) {
      const failure = classifyFailure(error, connection?.isLost ?? true);
      this.quoting = null;
      await connection?.close();
      if (failure !== 'connection-lost') throw error;
      this.options.onFailure(error, { failure, quote: true });
      return refusal('database-unavailable', 'The ledger cannot be reached. A quote changes nothing: ask again.');
    }
  }

  private async askOn<Answer>(
    connection: PipelinedConnection,
    accountId: string,
    question: Question<Answer>,
    named: readonly Command[],
  ): Promise<Answer | Refusal> {
    await connection.command('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const heads = await readHeads(connection, [accountId]);
    const { memory } = this;
    const states = await loadStates(connection, heads, new Map(), memory);
    const snapshot = states.get(accountId);
    if (snapshot === undefined) return refusal('account-not-found', 'There is no such account.');
    const now = Math.max(await readBusinessTime(connection), snapshot.lastRecordedAt);
    states.set(accountId, await asOf(connection, snapshot, now, memory));
    if (named.length > 0) await loadNamed(connection, states, named, memory, now);
    const state = states.get(accountId) as AccountState;
    if (state.standing.closed) return refusal('account-closed', 'This account is closed.');
    const context = { now, rates: memory.rates };
    let answer = question(state, context);
    if (answer === MORE_LOTS_NEEDED) answer = question(await loadAllLots(connection, state, memory), context);
    if (answer === MORE_LOTS_NEEDED) throw new Error('more open lots than can be loaded');
    return answer;
  }

  /** Commands that wait for their transaction. */
  get queued(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.queued, 0);
  }

  /** Takes nothing more, finishes what is queued, and closes the connections. */
  async drain(): Promise<void> {
    this.draining = true;
    await Promise.all(this.lanes.map((lane) => lane.idle()));
    await this.quotes;
    await Promise.all([...this.lanes.map((lane) => lane.close()), this.quoting?.close()]);
  }

  private laneOf(accountId: string): Lane {
    let hash = 0x811c9dc5;
    for (let i = 0; i < accountId.length; i += 1) {
      hash = Math.imul(hash ^ accountId.charCodeAt(i), 0x01000193);
    }
    return this.lanes[(hash >>> 0) % this.lanes.length] as Lane;
  }
}

/** What is due by now is carried out before the next command, so a quote looks at the account after it. Nothing is written. */
async function asOf(connection: PipelinedConnection, snapshot: AccountState, now: number, memory: Memory): Promise<AccountState> {
  if (snapshot.dueAt === null || snapshot.dueAt > now) return snapshot;
  return (await runDue(connection, snapshot, now, memory)).state;
}

function shuttingDown(): Refusal {
  return refusal('shutting-down', 'This instance is shutting down. Send the same request again.');
}

function accountClosed(): Refusal {
  return refusal('account-closed', 'This account is closed.');
}
