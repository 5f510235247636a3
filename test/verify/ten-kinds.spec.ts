import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { hashEntry } from '../../src/domain/hash-chain.js';
import type { Entry } from '../../src/domain/entry.js';
import { checkRates } from '../../src/domain/verification/check-rates.js';
import { Findings } from '../../src/domain/verification/difference.js';
import { SignHeads } from '../../src/operations/sign-heads.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { withClient } from '../../src/postgres/connection.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { readEntryPage } from '../../src/postgres/reads/verification-entries.js';
import { readRateVersions } from '../../src/postgres/reads/verification-rates.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { keepTables, restoreTables } from '../support/kept-tables.js';
import { LedgerAccount, addRateVersion, openLedger, unwrap } from '../support/ledger-account.js';

/**
 * Ten kinds of corruption, as a superuser plants them with all triggers off; where the chain alone would tell, the planter
 * has computed its hashes again. Each is found and named.
 */
const ACCOUNT = 'acc-ten';
const TABLES = ['entry', 'posting', 'lot', 'account_state', 'purchase', 'payment', 'rate_version', 'signed_head'];

let database: FreshDatabase;
let source: DataSource;
let debits: number[];

beforeAll(async () => {
  database = await freshDatabase();
  source = serviceDataSource({ url: database.writerUrl, poolSize: 2, applicationName: 'test', onPoolError: () => undefined });
  await source.initialize();
  const { ledger } = openLedger(database.writerUrl);
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' } });
  await addRateVersion(database.ownerUrl, 'standard', 2, { captions: { minutes: '4' } });
  const account = await LedgerAccount.open(database.ownerUrl, ledger, ACCOUNT);
  await account.buy('standard', ['captions'], [{ credits: '50', rateVersion: 1 }, { credits: '100', rateVersion: 2 }]);
  await account.placePurchase('unpaid', 'unpaid', '10');
  debits = [];
  for (const minutes of ['1', '2', '3']) debits.push(unwrap(await account.debit(`debit-${minutes}`, 'captions', { minutes })).entry.seq);
  await ledger.drain();
  await new SignHeads(source, [Buffer.alloc(32, 1)], () => Date.now()).run();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

type Plant = (client: Client) => Promise<unknown>;

function asSuperuser<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
  return withClient({ url: database.ownerUrl, applicationName: 'test-attacker', settings: { session_replication_role: 'replica' } }, work);
}

async function differencesWith(plant: Plant): Promise<string[]> {
  await asSuperuser((client) => keepTables(client, TABLES));
  try {
    await asSuperuser(plant);
    return (await verifyLedger({ readerUrl: database.readerUrl })).differences.map(({ at, what }) => `${at}: ${what}`);
  } finally {
    await asSuperuser((client) => restoreTables(client, TABLES));
  }
}

const sql = (text: string): Plant => (client) => client.query(text.replaceAll('$account', `'${ACCOUNT}'`).replaceAll('$debit', String(debits[1])));

/** Computes every hash of the account again, so that the chain holds, and sets the head to the last one. */
async function chainAgain(client: Client): Promise<void> {
  const { records } = await readEntryPage(client, { accountId: ACCOUNT, after: 0, upTo: 1_000, limit: 1_000 });
  const rates = checkRates(await readRateVersions(client), new Findings(null, () => undefined));
  let hash = (await client.query<{ hash: string }>(`SELECT encode(sha256(convert_to('["kaltura-ai-credits/genesis/1","${ACCOUNT}"]', 'UTF8')), 'hex') AS hash`)).rows[0]?.hash ?? '';
  let last: Entry | undefined;
  for (const { entry } of records) {
    hash = hashEntry(entry, rates, hash);
    await client.query(`UPDATE entry SET hash = decode($3, 'hex') WHERE account_id = $1 AND seq = $2`, [ACCOUNT, entry.seq, hash]);
    last = entry;
  }
  await client.query(`UPDATE account_state SET head_hash = decode($2, 'hex'), seq = $3 WHERE account_id = $1`, [ACCOUNT, hash, last?.seq]);
}

const shift = (by: number, from: number): string =>
  ['entry', 'posting'].map((table) => `UPDATE ${table} SET seq = -seq WHERE account_id = $account AND seq >= ${from}; UPDATE ${table} SET seq = -seq + ${by} WHERE account_id = $account AND seq < 0`).join(';');

const COLUMNS = `hash_version, type, occurred_at, recorded_at, accounting_date, NULL, fingerprint, actor, feature, subject, cites, credits, unfunded, rate_version, end_user, metadata_hash, detail, available_after, held_after, hash`;

const kinds: [string, () => Plant, RegExp][] = [
  ['an amount changed', () => sql('UPDATE entry SET credits = credits + 1 WHERE account_id = $account AND seq = $debit'), /^entry \d+: hash$/],
  ['an amount changed, and all hashes computed again', () => async (client) => {
    await sql('UPDATE posting SET credits = credits - 1 WHERE account_id = $account AND seq = $debit; UPDATE entry SET credits = credits - 1 WHERE account_id = $account AND seq = $debit')(client);
    await chainAgain(client);
  }, /^entry \d+ line 1: price$/],
  ['an entry deleted', () => sql('DELETE FROM entry WHERE account_id = $account AND seq = $debit'), /^entry \d+: sequence/],
  ['an entry inserted', () => async (client) => {
    const at = debits[1] ?? 0;
    await sql(`${shift(1, at)}; INSERT INTO entry SELECT account_id, ${at}, ${COLUMNS} FROM entry WHERE account_id = $account AND seq = ${at + 1}`)(client);
    await chainAgain(client);
  }, /^entry \d+: (idempotency key|number of postings|credits of the entry|share of the action that no lot paid)/],
  ['two entries swapped', () => async (client) => {
    const [a, b] = [debits[0] ?? 0, debits[1] ?? 0];
    for (const table of ['entry', 'posting']) {
      await sql(`UPDATE ${table} SET seq = -seq WHERE account_id = $account AND seq IN (${a}, ${b}); UPDATE ${table} SET seq = CASE seq WHEN -${a} THEN ${b} ELSE ${a} END WHERE account_id = $account AND seq < 0`)(client);
    }
    await chainAgain(client);
  }, /^entry \d+( line 1)?: (recordedAt falls|available credits)/],
  ['the tail cut, consistently', () => async (client) => {
    const last = debits[2] ?? 0;
    await sql(`UPDATE lot AS l SET available = l.available + p.credits, consumed = l.consumed - p.credits FROM posting AS p WHERE l.account_id = $account AND p.account_id = $account AND p.lot_id = l.lot_id AND p.seq = ${last};
      DELETE FROM posting WHERE account_id = $account AND seq = ${last}; DELETE FROM entry WHERE account_id = $account AND seq = ${last};
      UPDATE account_state AS s SET seq = e.seq, head_hash = e.hash, last_recorded_at = e.recorded_at, available = e.available_after, held = e.held_after
        FROM entry AS e WHERE s.account_id = $account AND e.account_id = $account AND e.seq = ${last - 1}`)(client);
  }, /^signed head of entry \d+: entry$/],
  ['a posting moved to another lot', () => async (client) => {
    await sql('UPDATE posting SET lot_id = (SELECT max(lot_id) FROM lot WHERE account_id = $account) WHERE account_id = $account AND seq = $debit')(client);
    await chainAgain(client);
  }, /burn order|line 1: rate version/],
  ['a balance edited', () => sql('UPDATE account_state SET available = available + 1 WHERE account_id = $account'), /^account: available credits/],
  ['a payment doubled', () => sql(`INSERT INTO payment SELECT (jsonb_populate_record(p, '{"provider_payment_id": "again"}')).* FROM payment AS p WHERE account_id = $account LIMIT 1`), /^payment .* again: entry that explains it$/],
  ['an allocation without payment', () => async (client) => {
    await sql(`DELETE FROM payment WHERE account_id = $account AND seq = (SELECT max(seq) FROM entry WHERE account_id = $account AND type = 'payment');
      UPDATE entry SET type = 'dispute-outcome', credits = 0 WHERE account_id = $account AND seq = (SELECT max(seq) FROM entry WHERE account_id = $account AND type = 'payment')`)(client);
    await chainAgain(client);
  }, /^entry \d+: payment of the purchase/],
  ['a rate changed afterwards', () => async (client) => {
    await sql(`UPDATE rate_version SET content = replace(content::text, '"creditsPerUnit":"3"', '"creditsPerUnit":"2"')::json WHERE version = 1;
      UPDATE rate_version SET content_hash = sha256(convert_to(content::text, 'UTF8')) WHERE version = 1`)(client);
    await chainAgain(client);
  }, /^entry \d+ line 1: price$/],
];

it('a ledger that nobody touched gives no alarm', async () => {
  expect(await differencesWith(() => Promise.resolve())).toEqual([]);
});

it.each(kinds)('%s is found and named', async (_kind, plant, expected) => {
  expect(await differencesWith(plant())).toContainEqual(expect.stringMatching(expected));
});

it('a chain that was computed again is found by the signed head, whatever else agrees', async () => {
  const found = await differencesWith(async (client) => {
    await client.query(`UPDATE entry SET actor = 'key:somebody-else' WHERE account_id = $1 AND seq = $2`, [ACCOUNT, debits[1]]);
    await chainAgain(client);
  });
  expect(found).toEqual([expect.stringMatching(/^signed head of entry \d+: hash of the entry$/)]);
});
