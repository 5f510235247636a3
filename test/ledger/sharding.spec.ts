import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { query } from '../support/ledger-account.js';
import { ROOT } from '../style/program.js';

/** What every node has a copy of, or only the coordinator has: the catalogue, payments' ids over all accounts, keys. docs/scale-out.md says which. */
const NOT_DISTRIBUTED = /^### Reference or local tables\n\n([\s\S]*?)\n\n/m;

let database: FreshDatabase;
let distributed: string[];

beforeAll(async () => {
  database = await freshDatabase();
  const listed = NOT_DISTRIBUTED.exec(readFileSync(path.join(ROOT, 'docs/scale-out.md'), 'utf8'))?.[1] ?? '';
  const others = new Set([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  const tables = await query(database.ownerUrl, `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'credits' ORDER BY 1`);
  distributed = tables.map(({ name }) => String(name)).filter((name) => !others.has(name));
});

afterAll(() => database.drop());

describe('the tables that are distributed by account', () => {
  it('are the ledger and all that belongs to an account', () => {
    expect(distributed).toEqual(expect.arrayContaining(['account_state', 'entry', 'entry_metadata', 'hold', 'lot', 'order_form', 'posting', 'purchase', 'unfunded_usage']));
  });

  it('have an account, as text compared bytewise', async () => {
    const rows = await query(
      database.ownerUrl,
      `SELECT c.table_name AS name FROM information_schema.columns AS c
        WHERE c.table_schema = 'credits' AND c.column_name = 'account_id' AND c.data_type = 'text' AND c.collation_name = 'C' AND c.is_nullable = 'NO'`,
    );
    const named = new Set(rows.map(({ name }) => name));
    expect(distributed.filter((table) => !named.has(table))).toEqual([]);
  });

  it('have no unique key that does not begin with it', async () => {
    const keys = await query(
      database.ownerUrl,
      `SELECT t.relname AS table, i.relname AS key,
              (SELECT attname FROM pg_attribute WHERE attrelid = t.oid AND attnum = x.indkey[0]) AS first
         FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
        WHERE t.relnamespace = 'credits'::regnamespace AND x.indisunique AND t.relname = ANY ($1)`,
      [distributed],
    );
    expect(keys.length).toBeGreaterThanOrEqual(distributed.length);
    expect(keys.filter(({ first }) => first !== 'account_id').map(({ table, key }) => `${String(table)}: ${String(key)}`)).toEqual([]);
  });

  it('refer to nothing that lies elsewhere, and count with no sequence of the whole cluster', async () => {
    const references = await query(
      database.ownerUrl,
      `SELECT conrelid::regclass::text AS table FROM pg_constraint WHERE contype = 'f' AND connamespace = 'credits'::regnamespace AND conrelid::regclass::text = ANY ($1)`,
      [distributed],
    );
    expect(references).toEqual([]);
    const sequences = await query(database.ownerUrl, `SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'credits'::regnamespace AND relname NOT LIKE 'migration%'`);
    expect(sequences).toEqual([]);
  });
});

describe('the statements of the write path', () => {
  const folder = path.join(ROOT, 'src/ledger/sql');
  const statements = readdirSync(folder).flatMap((file) => {
    const source = readFileSync(path.join(folder, file), 'utf8');
    return [...source.matchAll(/name: '([\w-]+)',\s*text:\s*(`[\s\S]*?`|'[^']*'|"[^"]*")/g)].map(([, name = '', text = '']) => ({ name, text }));
  });

  it('name the accounts that they are for, so that a shard can be told from each', () => {
    expect(statements.length).toBeGreaterThan(40);
    // Rates and the time are the same for all: their tables are on every node.
    expect(statements.filter(({ text }) => !text.includes('account_id')).map(({ name }) => name)).toEqual(['load-rate-versions', 'business-time']);
  });
});
