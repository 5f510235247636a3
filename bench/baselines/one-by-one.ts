import { Client } from 'pg';
import { amount, formatCredits, least, ZERO } from '../../src/domain/credits.js';
import { clientConfig } from '../../src/postgres/connection.js';
import type { BenchDatabase } from '../harness/database.js';
import type { Contestant } from '../harness/run.js';
import { ACTOR, FEATURE, INPUT_RATE, OUTPUT_RATE } from '../workload/catalogue.js';
import { TOKENS, nextAction } from '../workload/debits.js';
import { randomDigest } from '../workload/random.js';

const SCHEMA = 'bench_one_by_one';
const INPUT = amount(INPUT_RATE);
const OUTPUT = amount(OUTPUT_RATE);

/**
 * The ledger's tables once more, with all their checks and indexes, and the accounts as they are now: what the simple way
 * writes has no hash chain, and must not get among entries that have one.
 */
export async function copyTablesForOneByOne({ admin }: BenchDatabase): Promise<void> {
  await admin.query(`
    CREATE SCHEMA ${SCHEMA};
    GRANT USAGE ON SCHEMA ${SCHEMA} TO credits_writer;
    CREATE TABLE ${SCHEMA}.account_state (LIKE credits.account_state INCLUDING ALL) WITH (fillfactor = 40);
    CREATE TABLE ${SCHEMA}.lot (LIKE credits.lot INCLUDING ALL) WITH (fillfactor = 40);
    CREATE TABLE ${SCHEMA}.entry (LIKE credits.entry INCLUDING ALL);
    CREATE TABLE ${SCHEMA}.posting (LIKE credits.posting INCLUDING ALL);
    GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ${SCHEMA} TO credits_writer`);
}

export async function copyAccountsForOneByOne({ admin }: BenchDatabase, accounts: readonly string[]): Promise<void> {
  for (const table of ['account_state', 'lot']) {
    await admin.query(`INSERT INTO ${SCHEMA}.${table} SELECT * FROM credits.${table} WHERE account_id = ANY($1::text[])`, [accounts]);
  }
}

/** One caller a connection, each debit a transaction of its own: prepared statements, no detour, nothing left out. */
export function oneByOne(database: BenchDatabase, connections: number, account: () => string): Contestant {
  return {
    async open() {
      const clients = await Promise.all(Array.from({ length: connections }, () => connect(database)));
      return {
        operation: (caller) => debit(clients[caller] as Client, account()),
        close: async () => {
          await Promise.all(clients.map((client) => client.end()));
        },
      };
    },
  };
}

async function connect({ urls }: BenchDatabase): Promise<Client> {
  const settings = { search_path: `${SCHEMA},credits`, synchronous_commit: 'on', jit: 'off', plan_cache_mode: 'force_generic_plan' };
  const client = new Client(clientConfig({ url: urls.writer, applicationName: 'bench-one-by-one', settings }));
  await client.connect();
  return client;
}

async function debit(client: Client, accountId: string): Promise<void> {
  await client.query('BEGIN');
  const account = (await client.query<AccountRow>({ ...LOCK_ACCOUNT, values: [accountId] })).rows[0];
  if (account === undefined) throw new Error(`no account ${accountId}`);
  const lots = await client.query<LotRow>({ ...READ_LOTS, values: [accountId] });
  const action = nextAction();
  const [input, output] = TOKENS[action] as readonly [number, number];
  const cost = INPUT.mul(input).add(OUTPUT.mul(output));
  const available = amount(account.available);
  if (available.lt(cost)) throw new Error('the accounts of the benchmark never run out');
  const seq = Number(account.seq) + 1;
  const after = formatCredits(available.sub(cost));
  const detail = `{"billing":"credits","mode":"authorize","usage":{"inputTokens":"${String(input)}","outputTokens":"${String(output)}"}}`;
  const digest = Buffer.from(randomDigest(), 'hex');
  await client.query({
    ...INSERT_ENTRY,
    values: [accountId, seq, digest, digest, ACTOR, FEATURE, formatCredits(cost), detail, after, account.held, NO_HASH],
  });
  let left = cost;
  let line = 1;
  for (const lot of lots.rows) {
    if (left.isZero()) break;
    const has = amount(lot.available);
    const taken = least(has, left);
    if (taken.isZero()) continue;
    const lotAfter = formatCredits(has.sub(taken));
    const share = taken.eq(cost) ? '1' : taken.div(cost).toSignificantDigits(40).toFixed();
    await client.query({
      ...INSERT_POSTING,
      values: [accountId, seq, line, lot.lot_id, formatCredits(taken), lot.rate_version, share, lotAfter, lot.held],
    });
    await client.query({ ...UPDATE_LOT, values: [accountId, lot.lot_id, formatCredits(taken)] });
    left = left.sub(taken);
    line += 1;
  }
  if (left.gt(ZERO)) throw new Error('the lots of the benchmark never run out');
  await client.query({ ...UPDATE_ACCOUNT, values: [accountId, seq, after] });
  await client.query('COMMIT');
}

interface AccountRow {
  readonly seq: string;
  readonly available: string;
  readonly held: string;
}

interface LotRow {
  readonly lot_id: string;
  readonly rate_version: string;
  readonly available: string;
  readonly held: string;
}

const NO_HASH = Buffer.alloc(32);

const LOCK_ACCOUNT = { name: 'lock', text: 'SELECT seq, available, held FROM account_state WHERE account_id = $1 FOR NO KEY UPDATE' };

const READ_LOTS = {
  name: 'lots',
  text: `SELECT lot_id, rate_version, available, held FROM lot WHERE account_id = $1 AND open
    ORDER BY priority, valid_until, allocated_at, lot_id LIMIT 8`,
};

const INSERT_ENTRY = {
  name: 'entry',
  text: `INSERT INTO entry (account_id, seq, hash_version, type, occurred_at, recorded_at, accounting_date, key_digest, fingerprint, actor,
      feature, credits, detail, available_after, held_after, hash)
    VALUES ($1, $2, 1, 'debit', clock_timestamp(), clock_timestamp(), current_date, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
};

const INSERT_POSTING = {
  name: 'posting',
  text: `INSERT INTO posting (account_id, seq, line, lot_id, from_bucket, to_bucket, credits, rate_version, share, lot_available_after,
      lot_held_after)
    VALUES ($1, $2, $3, $4, 'available', 'consumed', $5, $6, $7, $8, $9)`,
};

const UPDATE_LOT = {
  name: 'update-lot',
  text: `UPDATE lot SET available = available - $3, consumed = consumed + $3, open = available > $3 OR held > 0
    WHERE account_id = $1 AND lot_id = $2`,
};

const UPDATE_ACCOUNT = {
  name: 'update-account',
  text: 'UPDATE account_state SET seq = $2, available = $3, last_recorded_at = clock_timestamp() WHERE account_id = $1',
};
