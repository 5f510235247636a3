import type { Client } from 'pg';
import { ACCOUNT_ROLE, OWNER_ROLE, READER_ROLE, SCHEMA, WRITER_ROLE } from './roles.js';

/** What an account's reads need besides its own rows: rates, and the time. They are the same for all. */
const SHARED = ['business_clock', 'rate_card', 'rate_version'];
/** An account sees the other half of a transfer that it is a party of (P7). */
const OTHER_PARTY: Readonly<Record<string, string>> = { transfer: 'to_account_id', transfer_arrival: 'from_account_id' };
/** Without an account of their own: an account sees those of its licensee. */
const OF_LICENSEES = ['contact'];
/** Not even an account's own: only digests and ciphertext, but nothing reads them by account. */
const HIDDEN_COLUMNS = ['secret_hmac', 'sealed_secret'];
/** By this setting, of one transaction each, the policies know the account. */
export const ACCOUNT_SETTING = 'credits.account_id';

interface Unwalled {
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * The second wall: whatever a request with an account's key reads, it reads as credits_account, whom row-level security
 * shows only the rows of the account that its transaction names. A query that forgets its WHERE finds nothing of others.
 * The service itself and the verifier see all rows, by policies that are always true and cost nothing.
 *
 * Run after every migration, over all tables with an account, and the contacts of licensees: a new table cannot be forgotten. What is walled already is
 * left alone, so that a start takes no lock.
 */
export async function raiseAccountWall(client: Client): Promise<void> {
  await client.query('BEGIN');
  await client.query(`SET LOCAL ROLE ${OWNER_ROLE}`);
  await client.query(`GRANT USAGE ON SCHEMA ${SCHEMA} TO ${ACCOUNT_ROLE}`);
  await client.query(`GRANT SELECT ON ${SHARED.map((table) => `${SCHEMA}.${table}`).join(', ')} TO ${ACCOUNT_ROLE}`);
  const { rows } = await client.query<Unwalled>(UNWALLED, [SCHEMA, HIDDEN_COLUMNS, OF_LICENSEES]);
  for (const table of rows) await raiseOne(client, table);
  await client.query('COMMIT');
}

/** Tables of which an account, or its licensee, has rows, and that have no policy yet. */
const UNWALLED = `
  SELECT c.relname AS name,
         (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL ($2)) AS columns
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
     AND (c.relname = ANY ($3) OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped))
   ORDER BY c.relname`;

async function raiseOne(client: Client, { name, columns }: Unwalled): Promise<void> {
  const table = `${SCHEMA}.${client.escapeIdentifier(name)}`;
  await client.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
  await client.query(`CREATE POLICY the_service ON ${table} TO ${WRITER_ROLE}, ${READER_ROLE} USING (true) WITH CHECK (true)`);
  await client.query(`CREATE POLICY own_account ON ${table} FOR SELECT TO ${ACCOUNT_ROLE} USING (${ownRows(name)})`);
  // A table that gets columns later has them granted by the migration that adds them.
  const granted = columns.map((column) => client.escapeIdentifier(column)).join(', ');
  await client.query(`GRANT SELECT (${granted}) ON ${table} TO ${ACCOUNT_ROLE}`);
}

/** Without the setting this fails, instead of showing nothing or all. */
function ownRows(name: string): string {
  const own = `current_setting('${ACCOUNT_SETTING}')`;
  if (OF_LICENSEES.includes(name)) return `licensee_id = (SELECT licensee_id FROM ${SCHEMA}.account WHERE account_id = ${own})`;
  const party = OTHER_PARTY[name];
  return party === undefined ? `account_id = ${own}` : `account_id = ${own} OR ${party} = ${own}`;
}
