import { Socket } from 'node:net';
import { Client } from 'pg';
import type { LedgerConnection, Row, Statement } from '../../src/ledger/connection.js';
import { appendEntries } from '../../src/ledger/sql/append-entries.js';
import { appendPostings } from '../../src/ledger/sql/append-postings.js';
import { readEntries } from '../../src/ledger/sql/read-entries.js';
import { startupOptions } from '../../src/postgres/connection.js';
import type { BenchDatabase } from '../harness/database.js';
import { takeSnapshot, used } from '../harness/resources.js';
import { counters, toRun, type Run } from '../harness/run.js';
import { quantile } from '../harness/statistics.js';

const SCHEMA = 'bench_raw';

/** Entries and postings with nothing but what makes a retry safe: the primary keys and the idempotency key. */
export async function createTablesForRawInsert({ admin }: BenchDatabase): Promise<void> {
  await admin.query(`
    CREATE SCHEMA ${SCHEMA};
    GRANT USAGE ON SCHEMA ${SCHEMA} TO credits_writer;
    CREATE TABLE ${SCHEMA}.entry (LIKE credits.entry, PRIMARY KEY (account_id, seq), UNIQUE (account_id, key_digest));
    CREATE TABLE ${SCHEMA}.posting (LIKE credits.posting, PRIMARY KEY (account_id, seq, line));
    GRANT INSERT ON ALL TABLES IN SCHEMA ${SCHEMA} TO credits_writer`);
}

/** Entries `from` to `to` of an account, both included, that the ledger wrote. */
export interface Written {
  readonly accountId: string;
  readonly from: number;
  readonly to: number;
  /** How many of them the ledger wrote in one transaction. */
  readonly batch: number;
}

/**
 * Writes the very rows that the ledger wrote, by the ledger's own two statements, durably, and does nothing else: no lock,
 * no balance, no decision. Even the statements' parameters are made beforehand. A sixth of the rows is the warm-up.
 */
export async function rawInsert(database: BenchDatabase, written: Written, connections: number): Promise<Run> {
  const batches = await prepareBatches(database, written);
  const before = await counters(database);
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(database, `${SCHEMA},credits`)));
  const warmUp = Math.floor(batches.length / 6);
  await insertAll(clients, batches.slice(0, warmUp));
  const timed = batches.slice(warmUp);
  const begin = await takeSnapshot(database.admin);
  const begun = performance.now();
  const latencies = await insertAll(clients, timed);
  const seconds = (performance.now() - begun) / 1_000;
  const use = used(begin, await takeSnapshot(database.admin));
  await Promise.all(clients.map(({ client }) => client.end()));
  const after = await counters(database);
  const size = (some: readonly Batch[]): number => some.reduce((sum, batch) => sum + batch.size, 0);
  return toRun(
    { operations: size(timed), allOperations: size(batches), seconds, use, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    { rows: after.rows - before.rows, commits: after.commits - before.commits },
  );
}

interface Batch {
  readonly size: number;
  readonly statements: readonly { readonly name: string; readonly text: string; readonly values: (string | number | null)[] }[];
}

/** Each connection takes the next batch as soon as its last one is on disk. Answers how long each batch took. */
async function insertAll(clients: readonly RawClient[], batches: readonly Batch[]): Promise<number[]> {
  const latencies: number[] = [];
  let next = 0;
  const insertOnwards = async ({ client, socket }: RawClient): Promise<void> => {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
      const begun = performance.now();
      // One packet for all of it, as the ledger sends its own.
      socket.cork();
      const answers = [
        client.query('BEGIN'),
        ...batch.statements.map((statement) => client.query(statement)),
        client.query('COMMIT'),
      ];
      socket.uncork();
      const commit = (await Promise.all(answers)).at(-1);
      if (commit?.command !== 'COMMIT') throw new Error('a batch of the raw baseline was rolled back');
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(clients.map(insertOnwards));
  return latencies;
}

async function prepareBatches(database: BenchDatabase, { accountId, from, to, batch }: Written): Promise<Batch[]> {
  const { client: reader } = await connect(database, 'credits');
  const reading: LedgerConnection = {
    run: async ({ name, text }, values = []) =>
      (await reader.query<(string | null)[]>({ name, text, values: [...values], rowMode: 'array' })).rows,
    command: async (text) => (await reader.query(text)).command,
    together: (send) => send(),
  };
  const batches: Batch[] = [];
  for (let first = from; first <= to; first += batch) {
    const size = Math.min(batch, to - first + 1);
    const named = Array.from({ length: size }, (_, i) => ({ accountId, seq: first + i }));
    const entries = [...(await readEntries(reading, named))].sort((a, b) => a.seq - b.seq);
    const recorder = new Recorder();
    await appendEntries(recorder, entries);
    await appendPostings(recorder, entries);
    batches.push({ size, statements: recorder.statements });
  }
  await reader.end();
  return batches;
}

/** Takes down what the ledger's functions would send. */
class Recorder implements LedgerConnection {
  readonly statements: { name: string; text: string; values: (string | number | null)[] }[] = [];

  run({ name, text }: Statement, values: readonly (string | number | null)[] = []): Promise<Row[]> {
    this.statements.push({ name, text, values: [...values] });
    return Promise.resolve([]);
  }

  command(text: string): Promise<string> {
    return Promise.resolve(text);
  }

  together<T>(send: () => T): T {
    return send();
  }
}

interface RawClient {
  readonly client: Client;
  readonly socket: Socket;
}

async function connect({ urls }: BenchDatabase, searchPath: string): Promise<RawClient> {
  const socket = new Socket();
  const settings = { search_path: searchPath, synchronous_commit: 'on', jit: 'off', plan_cache_mode: 'force_generic_plan' };
  const client = new Client({
    connectionString: urls.writer,
    application_name: 'bench-raw',
    options: startupOptions(settings),
    pipeline: true,
    stream: () => socket,
    types: { getTypeParser: () => (value: string) => value },
  });
  await client.connect();
  return { client, socket };
}
