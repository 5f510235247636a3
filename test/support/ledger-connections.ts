import pg from 'pg';
import type { Command } from '../../src/domain/command.js';
import { PipelinedConnection, type LedgerConnection, type Row, type Statement } from '../../src/ledger/connection.js';
import { Memory } from '../../src/ledger/memory.js';
import { settle } from '../../src/ledger/settle.js';
import type { Settled } from '../../src/ledger/verdict.js';
import { query } from './ledger-account.js';

/**
 * A ledger connection that notes what is sent and, where the test wants, waits before it sends: another instance, caught
 * in the middle of its transaction.
 */
export class WatchedConnection implements LedgerConnection {
  /** Names of prepared statements and texts of transaction commands, in the order in which they were sent. */
  readonly sent: string[] = [];
  readonly texts = new Map<string, string>();
  private turn: Promise<void> = Promise.resolve();

  private constructor(
    private readonly inner: PipelinedConnection,
    private readonly before: (name: string) => Promise<void>,
  ) {}

  static async open(writerUrl: string, before: (name: string) => Promise<void> = () => Promise.resolve()): Promise<WatchedConnection> {
    return new WatchedConnection(await PipelinedConnection.open(writerUrl, 'test-watched'), before);
  }

  run(statement: Statement, values: readonly (string | number | null)[] = []): Promise<Row[]> {
    this.texts.set(statement.name, statement.text);
    return this.inTurn(statement.name, () => this.inner.run(statement, values));
  }

  command(text: string): Promise<string> {
    return this.inTurn(text, () => this.inner.command(text));
  }

  together<T>(send: () => T): T {
    return send();
  }

  settle(commands: readonly Command[]): Promise<Settled[]> {
    return settle(this, commands, new Memory(100), { committing: false, told: false, replays: new Set() });
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** Waits for those before it to be sent, not to be answered: statements stay pipelined, and in order. */
  private inTurn<Answer>(name: string, send: () => Promise<Answer>): Promise<Answer> {
    const mayGo = this.turn.then(() => this.before(name));
    this.turn = mayGo;
    return mayGo.then(() => {
      this.sent.push(name);
      return send();
    });
  }
}

/** A door that whoever comes to it waits at, until it is opened. */
export class Gate {
  private arrive: () => void = () => undefined;
  private release: () => void = () => undefined;
  /** Resolves once somebody waits. */
  readonly reached = new Promise<void>((resolve) => (this.arrive = resolve));
  private readonly opened = new Promise<void>((resolve) => (this.release = resolve));

  pass(): Promise<void> {
    this.arrive();
    return this.opened;
  }

  open(): void {
    this.release();
  }
}

/** Locks an account as another transaction would, until it is released. */
export async function lockElsewhere(url: string, accountId: string): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=credits' });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT FROM account_state WHERE account_id = $1 FOR UPDATE', [accountId]);
  return { release: () => client.end() };
}

/** Resolves once no connection of a ledger is left: only then are all of its reads counted in the statistics. */
export async function ledgerConnectionsGone(url: string): Promise<void> {
  const others = `SELECT count(*) AS n FROM pg_stat_activity
    WHERE datname = current_database() AND (application_name LIKE 'ledger-%' OR application_name = 'test-watched')`;
  while ((await query(url, others))[0]?.['n'] !== '0') await new Promise((resolve) => setTimeout(resolve, 20));
}
