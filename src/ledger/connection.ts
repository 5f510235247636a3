import { Socket } from 'node:net';
import pg from 'pg';

/** One prepared statement of the ledger: its name is its plan's name on every connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Row = readonly (string | null)[];

/** What the SQL functions need: run a prepared statement, get rows of texts and the command's tag. */
export interface LedgerConnection {
  run(statement: Statement, values?: readonly (string | number | null)[]): Promise<Row[]>;
  /** Everything that is run inside goes out as one packet: a system call and a wake-up of the server for each would cost more than the statements. */
  together<T>(send: () => T): T;
  /** Runs a transaction command and answers its tag, e.g. `COMMIT` or `ROLLBACK`. */
  command(text: 'BEGIN' | 'COMMIT' | 'ROLLBACK' | 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'): Promise<string>;
}

/** All values as PostgreSQL writes them: no amount ever passes through a float. */
const TEXT_ONLY = { getTypeParser: () => (value: string): string => value };

/**
 * Session settings of the ledger's connections, independent of what the server defaults to:
 * - an acknowledged debit is durable, hence `synchronous_commit`;
 * - plans never depend on how full a table was when they were made: with sequential scans, hash and merge joins off every
 *   statement is a nested loop over a key (a plan cached on empty tables read 1,000,000 rows per look-up otherwise);
 * - nobody waits, or keeps a lock, for ever.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  search_path: 'credits',
  synchronous_commit: 'on',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
  TimeZone: 'UTC',
  lock_timeout: '2s',
  statement_timeout: '10s',
  idle_in_transaction_session_timeout: '10s',
};

/** A client whose server does not answer for this long is given up, and what it carried is sent again under its keys. */
const ANSWER_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 1_000;

export class PipelinedConnection implements LedgerConnection {
  private constructor(
    private readonly client: pg.Client,
    private readonly socket: Socket,
  ) {}

  private lost: Error | null = null;

  static async open(connectionString: string, applicationName: string): Promise<PipelinedConnection> {
    const socket = new Socket();
    const client = new pg.Client({
      stream: () => socket,
      connectionString,
      application_name: applicationName,
      options: Object.entries(SETTINGS)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      // Statements of one flight are sent together, so that a batch costs two round trips and not ten.
      pipeline: true,
      types: TEXT_ONLY,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: ANSWER_TIMEOUT_MS,
    });
    const connection = new PipelinedConnection(client, socket);
    client.on('error', (error) => {
      connection.lost ??= error;
    });
    await client.connect();
    return connection;
  }

  get isLost(): boolean {
    return this.lost !== null;
  }

  async run(statement: Statement, values: readonly (string | number | null)[] = []): Promise<Row[]> {
    const query: pg.QueryArrayConfig = { name: statement.name, text: statement.text, values: [...values], rowMode: 'array' };
    const result = await this.client.query<(string | null)[]>(query);
    return result.rows;
  }

  together<T>(send: () => T): T {
    this.socket.cork();
    try {
      return send();
    } finally {
      this.socket.uncork();
    }
  }

  async command(text: string): Promise<string> {
    const result = await this.client.query(text);
    return result.command;
  }

  /** Gives the connection up without waiting: whatever it was doing is rolled back by the server. */
  async close(): Promise<void> {
    this.lost ??= new Error('closed');
    // A server, or a network, that has gone silent would never let it end.
    const impatience = setTimeout(() => this.socket.destroy(), CLOSE_TIMEOUT_MS);
    await this.client.end().catch(() => undefined);
    clearTimeout(impatience);
  }
}
