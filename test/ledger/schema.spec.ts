import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ledger } from '../../src/ledger/ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
  const account = await LedgerAccount.open(database.ownerUrl, ledger);
  await account.buy('card', ['images'], [{ credits: '10' }]);
  unwrap(await account.debit('debit', 'images', { images: '1' }));
});
afterAll(async () => {
  await ledger.drain();
  await database.drop();
});

const OF_ACCOUNTS = ['entry', 'posting', 'payment', 'payment_reversal', 'order_form', 'transfer', 'transfer_arrival'];
const OF_NO_ENTRY = ['payment_receipt', 'reversal_receipt', 'price_version', 'purchase_quote'];
const INSERT_ONLY = [...OF_ACCOUNTS, ...OF_NO_ENTRY, 'signed_head', 'signing_key', 'administrative_act', 'evidence_access', 'privacy_notice', 'privacy_announcement'];
/** What every debit writes. */
const WRITE_PATH = ['entry', 'posting', 'account_state', 'lot', 'entry_metadata'];
function someColumn(table: string): string {
  const named: Readonly<Record<string, string>> = { signing_key: 'key_id', evidence_access: 'purpose', privacy_notice: 'change', privacy_announcement: 'version' };
  if (named[table] !== undefined) return named[table];
  return OF_NO_ENTRY.includes(table) ? 'currency' : 'seq';
}

const ATTACKS = INSERT_ONLY.flatMap((table) => [
  `UPDATE ${table} SET ${someColumn(table)} = NULL`,
  `UPDATE ${table} SET ${someColumn(table)} = NULL WHERE false`,
  `DELETE FROM ${table}`,
  `DELETE FROM ${table} WHERE false`,
  `TRUNCATE ${table} CASCADE`,
]);
const DENIED = '42501';

describe('what is on record', () => {
  it.each(ATTACKS)('cannot be changed by the service: %s', async (attack) => {
    await expect(query(database.writerUrl, attack)).rejects.toMatchObject({ code: DENIED, message: expect.stringMatching(/permission denied/) });
  });

  it.each(ATTACKS)('cannot be changed by the owner of the tables or a superuser either: %s', async (attack) => {
    const refused = { code: DENIED, message: expect.stringMatching(/is insert-only/) };
    await expect(query(database.ownerUrl, attack)).rejects.toMatchObject(refused);
    await expect(query(database.ownerUrl, `SET ROLE credits_owner; ${attack}`)).rejects.toMatchObject(refused);
  });

  it.each(['lot', 'account_state', 'purchase', 'rate_notice', 'entry_metadata', 'account', 'licensee', 'rate_version'])(
    'keeps its rows: the service can remove none of %s',
    async (table) => {
      await expect(query(database.writerUrl, `DELETE FROM ${table}`)).rejects.toMatchObject({ code: DENIED });
      await expect(query(database.writerUrl, `TRUNCATE ${table}`)).rejects.toMatchObject({ code: DENIED });
    },
  );

  it.each(['lot SET rate_version', 'lot SET purchase_id', 'lot SET unit_price', 'purchase SET price', 'purchase SET rate_version', 'rate_version SET content', 'account_state SET account_id'])(
    'keeps its terms: the service cannot say UPDATE %s',
    async (what) => {
      await expect(query(database.writerUrl, `UPDATE ${what} = NULL`)).rejects.toMatchObject({ code: DENIED });
    },
  );

  it('cannot be written by the reader at all', async () => {
    const rights = await query(
      database.ownerUrl,
      `SELECT table_name, privilege_type FROM information_schema.role_table_grants
       WHERE grantee = 'credits_reader' AND table_schema = 'credits' AND privilege_type <> 'SELECT'`,
    );
    expect(rights).toEqual([]);
  });

  it('has no right left over for the public', async () => {
    const rights = await query(database.ownerUrl, `SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'PUBLIC' AND table_schema = 'credits'`);
    expect(rights).toEqual([]);
  });
});

describe('the tables of the write path', () => {
  it('have exactly these indexes: each further one costs every debit', async () => {
    const indexes = await query(
      database.ownerUrl,
      `SELECT tablename || ': ' || regexp_replace(indexdef, '^.* USING btree ', '') || CASE WHEN indexdef LIKE '%UNIQUE%' THEN ' unique' ELSE '' END AS index
       FROM pg_indexes WHERE schemaname = 'credits' AND tablename = ANY ($1) ORDER BY 1`,
      [WRITE_PATH],
    );
    expect(indexes.map(({ index }) => index)).toEqual([
      'account_state: (account_id) unique',
      'account_state: (due_at) WHERE (due_at IS NOT NULL)',
      "entry: (account_id, cites) WHERE (type = ANY (ARRAY['reversal'::text, 'settlement'::text, 'waiver'::text]))",
      'entry: (account_id, key_digest) unique',
      "entry: (account_id, recorded_at) WHERE (type = 'adjustment'::text)",
      'entry: (account_id, seq) unique',
      // Of holds alone: a debit only looks at its condition.
      "entry: (account_id, subject, seq) WHERE (type = ANY (ARRAY['hold'::text, 'hold-extended'::text, 'hold-released'::text, 'hold-expired'::text, 'capture'::text]))",
      'entry_metadata: (account_id, seq) unique',
      'lot: (account_id) WHERE (lapsed > (0)::numeric)',
      'lot: (account_id, lot_id) unique',
      'lot: (account_id, priority, valid_until, allocated_at, lot_id) WHERE open',
      'lot: (account_id, purchase_id) WHERE ((purchase_id IS NOT NULL) AND (source_account_id IS NULL)) unique',
      'lot: (account_id, valid_until) WHERE (open AND (valid_until IS NOT NULL))',
      'posting: (account_id, seq, line) unique',
    ]);
  });

  it('have no foreign key, no row trigger and no rule', async () => {
    const found = await query(
      database.ownerUrl,
      `SELECT conrelid::regclass || ' references ' || confrelid::regclass AS what FROM pg_constraint
         WHERE contype = 'f' AND (conrelid::regclass::text = ANY ($1) OR confrelid::regclass::text = ANY ($1))
       UNION ALL
       SELECT tgrelid::regclass || ' has row trigger ' || tgname FROM pg_trigger
         WHERE tgtype & 1 = 1 AND tgrelid::regclass::text = ANY ($1)
       UNION ALL
       SELECT tablename || ' has rule ' || rulename FROM pg_rules WHERE schemaname = 'credits'`,
      [WRITE_PATH],
    );
    expect(found).toEqual([]);
  });

  it('lead every key with account_id, but for payments, which are unique over all accounts', async () => {
    const others = await query(
      database.ownerUrl,
      `SELECT DISTINCT indrelid::regclass::text AS table FROM pg_index
       JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
       WHERE indisunique AND indrelid::regclass::text = ANY ($1) AND attname <> 'account_id'`,
      [[...WRITE_PATH, 'order_form', 'rate_notice', 'purchase', 'payment', 'unfunded_usage', 'dispute', 'transfer', 'transfer_arrival']],
    );
    expect(others).toEqual([{ table: 'payment' }]);
  });

  it('hold insert-only triggers for every way of changing a row', async () => {
    const triggers = await query(
      database.ownerUrl,
      // 2 before, 8 delete, 16 update, 32 truncate; 1 (for each row) is not among them.
      `SELECT tgrelid::regclass::text AS table, tgtype AS type, tgenabled AS enabled FROM pg_trigger WHERE tgname = 'insert_only' ORDER BY 1`,
    );
    expect(triggers).toEqual([...INSERT_ONLY].sort().map((table) => ({ table, type: 58, enabled: 'O' })));
  });
});
