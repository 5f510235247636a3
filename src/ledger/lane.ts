import type { Command } from '../domain/command.js';
import { refusal, type ErrorCode } from '../domain/errors.js';
import { PipelinedConnection } from './connection.js';
import { classifyFailure } from './failures.js';
import type { Memory } from './memory.js';
import { settle } from './settle.js';
import { LOCKED_ELSEWHERE, type Settled, type Transaction, type Verdict } from './verdict.js';

export interface LaneOptions {
  readonly connectionString: string;
  readonly name: string;
  /** Commands that may wait in this lane; further ones are refused at once with `overloaded`. */
  readonly queueLimit: number;
  /** The most commands of one transaction. */
  readonly batchLimit: number;
  /** How long a command is tried before its caller is told to send it again, in milliseconds. */
  readonly patienceMs: number;
  /** Milliseconds of a monotonic clock (wall time: patience is no matter of the contract). */
  readonly clock: () => number;
  /** Told after a commit that put something into the outbox: whoever hands it on need not look for it. */
  readonly onEvents: () => void;
  readonly onFailure: (error: unknown, context: Readonly<Record<string, unknown>>) => void;
}

interface Pending {
  readonly command: Command;
  readonly since: number;
  readonly answer: (verdict: Verdict) => void;
  /** A COMMIT with this command in it was sent and not answered. */
  unknown: boolean;
  /** The last try ended without a connection. */
  unreachable: boolean;
  /** That transaction had found its key used before: whenever it is answered, it is a replay. */
  replay: boolean;
}

/**
 * One connection, and the commands of the accounts that hash to it. It has no timer: it takes whatever has queued while
 * its last transaction ran, so that an idle service answers at once and a busy one settles hundreds in one commit.
 */
export class Lane {
  private queue: Pending[] = [];
  private running = false;
  private connection: PipelinedConnection | null = null;
  private whenIdle: (() => void)[] = [];
  /** Connections lost, or not to be had, one after another. */
  private losses = 0;
  /** Accounts with queued commands that were locked elsewhere when they were last tried. */
  private busy = new Set<string>();

  constructor(
    private readonly options: LaneOptions,
    private readonly memory: Memory,
  ) {}

  get queued(): number {
    return this.queue.length;
  }

  execute(command: Command): Promise<Verdict> {
    if (this.queue.length >= this.options.queueLimit) {
      return Promise.resolve(OVERLOADED);
    }
    return new Promise((answer) => {
      this.queue.push({ command, since: this.options.clock(), answer, unknown: false, unreachable: false, replay: false });
      if (!this.running) {
        this.running = true;
        setImmediate(() => void this.run());
      }
    });
  }

  /** Resolves once nothing is queued or under way. */
  idle(): Promise<void> {
    return this.running ? new Promise((resolve) => this.whenIdle.push(resolve)) : Promise.resolve();
  }

  async close(): Promise<void> {
    await this.connection?.close();
    this.connection = null;
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.takeBatch();
      const again = await this.settleAll(batch);
      this.giveUpOnTheImpatient(again);
      // Callers that were just answered may have more: let them queue before the next batch is cut.
      if (this.losses > 0) await pause(Math.min(1_000, 10 * 2 ** this.losses));
      else await (again.length > 0 && this.queue.length === again.length ? pause(2) : nextTurn());
    }
    this.running = false;
    for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /**
   * The next commands in order. Those of accounts that are locked elsewhere get at most half of the room, for there may be
   * more of them than a batch holds, and they must not stop the others. What is left keeps its order.
   */
  private takeBatch(): Pending[] {
    const { batchLimit } = this.options;
    if (this.busy.size === 0) return this.queue.splice(0, batchLimit);
    let roomForBusy = Math.ceil(batchLimit / 2);
    const batch: Pending[] = [];
    const later: Pending[] = [];
    const stillBusy = new Set<string>();
    for (const pending of this.queue) {
      const { accountId } = pending.command;
      const isBusy = this.busy.has(accountId);
      if (isBusy) stillBusy.add(accountId);
      if (batch.length >= batchLimit || (isBusy && roomForBusy === 0)) later.push(pending);
      else {
        batch.push(pending);
        if (isBusy) roomForBusy -= 1;
      }
    }
    this.queue = later;
    this.busy = stillBusy;
    return batch;
  }

  /** Commands to be tried again go to the head of the queue, unless their caller has waited long enough. */
  private giveUpOnTheImpatient(again: readonly Pending[]): void {
    const patient: Pending[] = [];
    // While the database is away nobody behind the first batch is tried at all: their patience ends all the same.
    const away = this.losses > 0;
    const untried = away ? this.queue.splice(0) : [];
    for (const pending of [...again, ...untried]) {
      if (this.options.clock() - pending.since < this.options.patienceMs) patient.push(pending);
      else if (pending.unknown) {
        pending.answer(refused('outcome-unknown', 'The connection was lost at COMMIT. Send the same request with the same key: it books nothing twice.'));
      } else if (pending.unreachable || away) {
        pending.answer(refused('database-unavailable', 'The ledger cannot be reached. Nothing was booked: send the same request again.'));
      } else pending.answer(refused('account-busy', 'The account could not be locked in time. Send the same request again.'));
    }
    this.queue = [...patient, ...this.queue];
  }

  /** Settles a batch and answers it. Returns what has to be tried again. */
  private async settleAll(batch: readonly Pending[]): Promise<Pending[]> {
    const transaction: Transaction = { committing: false, told: false, replays: new Set() };
    let settled: Settled[];
    try {
      this.connection ??= await PipelinedConnection.open(this.options.connectionString, this.options.name);
      settled = await settle(
        this.connection,
        batch.map(({ command }) => command),
        this.memory,
        transaction,
      );
    } catch (error) {
      return this.afterFailure(batch, error, transaction);
    }
    this.losses = 0;
    if (transaction.told) this.options.onEvents();
    return batch.filter((pending, i) => {
      const verdict = settled[i] as Settled;
      pending.unreachable = false;
      if (verdict === LOCKED_ELSEWHERE) {
        this.busy.add(pending.command.accountId);
        return true;
      }
      this.busy.delete(pending.command.accountId);
      // Found again after a COMMIT that was not answered: for its caller this is the first answer, and no replay.
      pending.answer(verdict.ok && pending.unknown ? { ...verdict, replayed: pending.replay } : verdict);
      return false;
    });
  }

  private async afterFailure(batch: readonly Pending[], error: unknown, transaction: Transaction): Promise<Pending[]> {
    const failure = classifyFailure(error, this.connection?.isLost ?? true);
    if (failure === 'connection-lost') {
      this.options.onFailure(error, { failure, commands: batch.length, committing: transaction.committing });
      await this.close();
      this.losses += 1;
      for (const pending of batch) {
        if (transaction.committing && !pending.unknown) pending.replay = transaction.replays.has(pending.command);
        pending.unknown ||= transaction.committing;
        pending.unreachable = true;
      }
      return [...batch];
    }
    await this.rollBack();
    if (failure === 'transient') return [...batch];
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      if (failure === 'payment-conflict') {
        only.answer(refused('payment-conflict', 'The provider’s transaction id is on record already. It is booked once.'));
      } else {
        this.options.onFailure(error, { failure, command: only.command.type, accountId: only.command.accountId });
        only.answer(refused('internal-error', 'The service failed on this request. Nothing was booked.'));
      }
      return [];
    }
    // One bad command must not fail its batch: halve it until the culprit stands alone.
    const middle = Math.ceil(batch.length / 2);
    return [...(await this.settleAll(batch.slice(0, middle))), ...(await this.settleAll(batch.slice(middle)))];
  }

  private async rollBack(): Promise<void> {
    try {
      await this.connection?.command('ROLLBACK');
    } catch {
      await this.close();
    }
  }
}

/** Made once: whoever is sent away must cost next to nothing. */
const OVERLOADED = refused('overloaded', 'The service has more to do than it can carry. Try again in a moment.');

function refused(code: ErrorCode, detail: string): Verdict {
  return { ok: false, refusal: refusal(code, detail) };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Only for what is locked elsewhere, or while the database is away. Up to three times as long, so that no two instances keep step. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds * (1 + 2 * Math.random())));
}
