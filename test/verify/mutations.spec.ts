import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Difference } from '../../src/domain/verification/difference.js';
import { amount } from '../../src/domain/credits.js';
import { metadataHash } from '../../src/domain/hash-chain.js';
import { verifyLedger, type VerifyReport } from '../../src/operations/verify-ledger.js';
import { withClient } from '../../src/postgres/connection.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, unwrap } from '../support/ledger-account.js';

/** What an attacker with all rights could do, one corruption each, and what the verifier has to say of it. */
let database: FreshDatabase;
let accountId: string;
let bystander: string;

const METADATA = { salt: 'a1b2', text: '{"job":"nightly"}' };

beforeAll(async () => {
  database = await freshDatabase();
  const { ledger, failures } = openLedger(database.writerUrl);
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' }, search: { queries: '0' } });
  await addRateVersion(database.ownerUrl, 'standard', 2, { captions: { minutes: '4' }, search: { queries: '0' } });
  await addRateVersion(database.ownerUrl, 'standard', 3, { captions: { minutes: '5' }, search: { queries: '0' } }, '2099-01-01');
  bystander = await playScenario(ledger, 'acc-bystander');
  accountId = await playScenario(ledger, 'acc-corrupted');
  await ledger.drain();
  expect(failures).toEqual([]);
});
afterAll(() => database.drop());

async function playScenario(ledger: LedgerAccount['ledger'], id: string): Promise<string> {
  const account = await LedgerAccount.open(database.ownerUrl, ledger, id);
  await account.buy('standard', ['captions', 'search'], [{ credits: '5', rateVersion: 1 }, { credits: '100', rateVersion: 2 }]);
  const metadata = { ...METADATA, hash: metadataHash(METADATA.salt, METADATA.text) };
  unwrap(await account.debit('spans', 'captions', { minutes: '2' }, { metadata }));
  unwrap(await account.debit('free', 'search', { queries: '1' }));
  unwrap(await account.debit('plain', 'captions', { minutes: '1' }));
  unwrap(await account.reverse('part', await seqOf(id, 'spans'), '0.25'));
  unwrap(await account.reverse('more', await seqOf(id, 'spans'), '0.5'));
  unwrap(await account.hold('hold', 'stream', '9'));
  unwrap(await account.capture('part-1', 'stream', { minutes: '0.5' }, false));
  unwrap(await account.capture('part-2', 'stream', { minutes: '2.5' }));
  unwrap(await account.reverse('capture', await seqOf(id, 'part-2'), '0.5'));
  unwrap(await account.hold('left', 'released', '7'));
  unwrap(await account.release('release', 'released'));
  unwrap(await account.hold('open', 'open', '0', { maxCapture: amount('1') }));
  unwrap(await account.announceRates('told', 'notice', 'standard', 3, '2099-01-01'));
  unwrap(await account.deliverNotice('read', 'notice'));
  unwrap(await account.placePurchase('unpaid', `unpaid-${id}`, '10'));
  unwrap(await account.debit('beyond', 'captions', { minutes: '100' }, { mode: 'record' }));
  unwrap(await account.reverse('rest', await seqOf(id, 'spans')));
  expect(await account.debit('refused', 'captions', { minutes: '100' })).toMatchObject({ ok: false });
  return id;
}

async function seqOf(account: string, key: string): Promise<number> {
  const rows = await asOwner((query) =>
    query(`SELECT seq FROM entry WHERE account_id = $1 AND key_digest = substring(sha256($2::bytea) FOR 16)`, [account, key]),
  );
  return Number(rows[0]?.['seq']);
}

type Query = (sql: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;

function asOwner<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
  return withClient({ url: database.ownerUrl, applicationName: 'test-attacker', settings: { session_replication_role: 'replica' } }, (client) =>
    work(async (sql, values = []) => (await client.query<Record<string, unknown>>(sql, [...values])).rows),
  );
}

const TABLES = ['entry', 'posting', 'entry_metadata', 'lot', 'account_state', 'purchase', 'payment', 'hold', 'order_form', 'rate_notice', 'rate_version'];

/** Verifies while the corruption is there, then puts every table back as it was. */
async function verifyWith(corrupt: (query: Query) => Promise<unknown>): Promise<VerifyReport> {
  await asOwner(async (query) => {
    for (const table of TABLES) await query(`CREATE TABLE kept_${table} AS TABLE ${table}`);
  });
  try {
    await asOwner(corrupt);
    return await verifyLedger({ readerUrl: database.readerUrl });
  } finally {
    await asOwner(async (query) => {
      for (const table of TABLES) {
        await query(`DELETE FROM ${table}`);
        await query(`INSERT INTO ${table} TABLE kept_${table}`);
        await query(`DROP TABLE kept_${table}`);
      }
    });
  }
}

function named(report: VerifyReport): string[] {
  return report.differences.map((difference: Difference) => `${difference.accountId ?? ''}/${difference.at}: ${difference.what}`);
}

describe('the verifier', () => {
  it('finds nothing in a ledger as it was written, and adds it up', async () => {
    const report = await verifyLedger({ readerUrl: database.readerUrl });
    expect(report.differences).toEqual([]);
    const count = async (table: string): Promise<number> => Number((await asOwner((query) => query(`SELECT count(*) AS n FROM ${table}`)))[0]?.['n']);
    expect(report).toMatchObject({ accounts: 2, entries: await count('entry'), postings: await count('posting'), differenceCount: 0 });
    const { issued, available, consumed } = report.credits;
    expect(issued).toBe('210.000000000');
    expect(amount(available).add(consumed).eq(issued)).toBe(true);
    expect(await verifyLedger({ readerUrl: database.readerUrl })).toMatchObject({ headsDigest: report.headsDigest });
  });

  it('calls back for each difference, and says to which account it belongs', async () => {
    const seen: Difference[] = [];
    await verifyWith(async (query) => {
      await query(`UPDATE account_state SET available = available + 1 WHERE account_id = $1`, [accountId]);
      await verifyLedger({ readerUrl: database.readerUrl, onDifference: (difference) => seen.push(difference) });
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((difference) => difference.accountId === accountId)).toBe(true);
    expect(bystander).not.toBe(accountId);
  });

  const change = (sql: string) => (query: Query) => query(sql, [accountId]);
  const debit = `(SELECT min(seq) FROM entry WHERE account_id = $1 AND type = 'debit')`;
  const last = `(SELECT max(seq) FROM entry WHERE account_id = $1)`;

  const lastOf = (type: string): string => `(SELECT max(seq) FROM entry WHERE account_id = $1 AND type = '${type}')`;
  const firstOf = (type: string): string => `(SELECT min(seq) FROM entry WHERE account_id = $1 AND type = '${type}')`;

  /** Corruption, and the differences that have to be among those that are named. */
  const corruptions: [string, (query: Query) => Promise<unknown>, RegExp[]][] = [
    ['the amount of an entry', change(`UPDATE entry SET credits = credits + 1 WHERE account_id = $1 AND seq = ${debit}`), [/entry \d+: hash$/, /credits of the entry/]],
    [
      'the amount of a posting',
      change(`UPDATE posting SET credits = credits + 1 WHERE account_id = $1 AND seq = ${debit} AND line = 2`),
      [/entry \d+: hash$/, /entry \d+ line 2: price/, /lot \d+: consumed credits/],
    ],
    [
      'a posting moved to another lot',
      change(`UPDATE posting SET lot_id = (SELECT max(lot_id) FROM lot WHERE account_id = $1) WHERE account_id = $1 AND seq = ${debit} AND line = 1`),
      [/entry \d+: hash$/, /burn order/, /lot \d+: consumed credits/],
    ],
    ['a posting moved to no lot', change(`UPDATE posting SET lot_id = 99 WHERE account_id = $1 AND seq = ${debit} AND line = 1`), [/line 1: lot$/]],
    ['a posting deleted', change(`DELETE FROM posting WHERE account_id = $1 AND seq = ${debit} AND line = 1`), [/entry \d+: hash$/, /line 2: line number/]],
    [
      'a posting of no entry',
      change(`INSERT INTO posting SELECT account_id, 999, line, lot_id, from_bucket, to_bucket, credits, rate_version, share, lot_available_after, lot_held_after
                FROM posting WHERE account_id = $1 AND seq = ${debit}`),
      [/posting 999 line 1: entry that explains it/],
    ],
    [
      'a posting added to an entry',
      change(`INSERT INTO posting SELECT account_id, ${last}, 1, lot_id, from_bucket, to_bucket, credits, rate_version, share, lot_available_after, lot_held_after
                FROM posting WHERE account_id = $1 AND seq = ${debit} AND line = 1`),
      [/entry \d+: hash$/, /number of postings/],
    ],
    ['the share of a leg', change(`UPDATE posting SET share = 0.5 WHERE account_id = $1 AND seq = ${debit} AND line = 1`), [/line 1: price/]],
    ['an entry deleted', change(`DELETE FROM entry WHERE account_id = $1 AND seq = ${debit}`), [/sequence: entries are missing/, /posting \d+ line 1: entry that explains it/]],
    [
      'two entries swapped',
      async (query) => {
        const seqs = (await query(`SELECT seq FROM entry WHERE account_id = $1 AND type = 'debit' ORDER BY seq LIMIT 2`, [accountId])).map((row) => row['seq']);
        for (const table of ['entry', 'posting', 'entry_metadata']) {
          await query(`UPDATE ${table} SET seq = -seq WHERE account_id = $1 AND seq = ANY($2)`, [accountId, seqs]);
          await query(`UPDATE ${table} SET seq = CASE WHEN seq = -($2::bigint) THEN $3::bigint ELSE $2::bigint END WHERE account_id = $1 AND seq < 0`, [accountId, ...seqs]);
        }
      },
      [/entry \d+: hash$/],
    ],
    ['the last entry cut off', change(`DELETE FROM entry WHERE account_id = $1 AND seq = ${last}`), [/account: seq$/, /account: head hash/]],
    [
      'the end cut off, and the account set back to it',
      async (query) => {
        const [cut] = await query(`SELECT max(seq) AS seq FROM entry WHERE account_id = $1 AND type = 'reversal'`, [accountId]);
        for (const table of ['entry', 'posting']) await query(`DELETE FROM ${table} WHERE account_id = $1 AND seq >= $2`, [accountId, cut?.['seq']]);
        await query(
          `UPDATE account_state AS s SET seq = e.seq, head_hash = e.hash, last_recorded_at = e.recorded_at, available = e.available_after, held = e.held_after
             FROM entry AS e WHERE s.account_id = $1 AND e.account_id = $1 AND e.seq = $2::bigint - 1`,
          [accountId, cut?.['seq']],
        );
      },
      [/lot \d+: available credits/, /lot \d+: consumed credits/],
    ],
    ['the balance of the account', change('UPDATE account_state SET available = available + 1 WHERE account_id = $1'), [/account: available credits/]],
    ['the status of the account', change(`UPDATE account_state SET status = 'active' WHERE account_id = $1`), [/account: status/]],
    ['the number of the last entry', change('UPDATE account_state SET seq = seq + 1 WHERE account_id = $1'), [/account: seq$/]],
    ['the hash of the head', change(`UPDATE account_state SET head_hash = sha256('x') WHERE account_id = $1`), [/account: head hash/]],
    ['the row of the account', change('DELETE FROM account_state WHERE account_id = $1'), [/account: row of its state/]],
    ['the balance of a lot', change('UPDATE lot SET available = available + 1, issued = issued + 1 WHERE account_id = $1 AND open'), [/lot \d+: available credits/]],
    ['the rate version of a lot', change(`UPDATE lot SET rate_version = 'standard@2' WHERE account_id = $1 AND rate_version = 'standard@1'`), [/lot \d+: rateVersion/]],
    ['the unit price of a lot', change('UPDATE lot SET unit_price = 0.01 WHERE account_id = $1'), [/lot \d+: unitPrice/]],
    ['a lot deleted', change('DELETE FROM lot WHERE account_id = $1 AND NOT open'), [/lot \d+: row/]],
    [
      'a lot that nobody bought',
      change(`INSERT INTO lot SELECT account_id, 998, 'trial', card_id, rate_version, NULL, NULL, NULL, order_form_id, allocated_at, valid_until, priority, open,
                issued, available, held, consumed, lapsed, frozen, withdrawn, transferred FROM lot WHERE account_id = $1 LIMIT 1`),
      [/lot 998: entry that issued it/],
    ],
    ['a payment removed', change('DELETE FROM payment WHERE account_id = $1'), [/entry \d+: payment/]],
    ['the amount of a payment', change('UPDATE payment SET amount = amount + 1 WHERE account_id = $1'), [/payment bank .*: amount/]],
    [
      'a payment that nobody made',
      change(`INSERT INTO payment SELECT provider, 'forged', account_id, 997, purchase_id, amount, currency, received_at FROM payment WHERE account_id = $1 LIMIT 1`),
      [/payment bank forged: entry that explains it/],
    ],
    ['the state of a purchase', change(`UPDATE purchase SET state = 'awaiting_payment', paid = 0 WHERE account_id = $1`), [/purchase .*: state/, /purchase .*: paid/]],
    ['a purchase deleted', change('DELETE FROM purchase WHERE account_id = $1'), [/purchase .*: row/]],
    ['the payment entry of a lot deleted', change(`DELETE FROM entry WHERE account_id = $1 AND seq = (SELECT min(seq) FROM entry WHERE account_id = $1 AND type = 'payment')`), [/payment of the purchase/]],
    ['the credits of a capture', change(`UPDATE posting SET credits = credits + 1 WHERE account_id = $1 AND seq = ${lastOf('capture')} AND line = 1`), [/entry \d+: hash$/, /entry \d+ line 1: credits/]],
    ['the usage of a capture', change(`UPDATE entry SET detail = replace(detail::text, '"minutes":"0.5"', '"minutes":"0.4"')::json WHERE account_id = $1 AND seq = ${firstOf('capture')}`), [/entry \d+: hash$/, /usage captured before/, /credits of the entry/]],
    ['a capture deleted', change(`DELETE FROM entry WHERE account_id = $1 AND seq = ${lastOf('capture')}`), [/sequence/, /hold stream: state/, /cited entry/]],
    ['what a release gives back', change(`DELETE FROM posting WHERE account_id = $1 AND seq = ${lastOf('hold-released')}`), [/entry \d+: number of postings/, /entry \d+: held credits of the account/]],
    ['what a hold takes', change(`UPDATE posting SET credits = credits - 1 WHERE account_id = $1 AND seq = ${firstOf('hold')}`), [/entry \d+ line 1: credits/, /hash$/]],
    ['the end of a hold', change(`UPDATE hold SET state = 'open' WHERE account_id = $1 AND hold_id = 'stream'`), [/hold stream: state/]],
    ['what a hold has left', change(`UPDATE hold SET legs = '[{"lotId":"4","rateVersion":"standard@1","held":"5"}]' WHERE account_id = $1 AND hold_id = 'released'`), [/hold released: held credits/]],
    ['the expiry of a hold', change(`UPDATE hold SET expires_at = expires_at + interval '1 day' WHERE account_id = $1`), [/hold open: expiresAt/]],
    ['the cap of a hold', change(`UPDATE hold SET max_capture = 2 WHERE account_id = $1`), [/hold open: maxCapture/]],
    ['the captured credits of a hold', change(`UPDATE hold SET captured = 0, usage = '{}' WHERE account_id = $1`), [/hold stream: captured credits/, /hold stream: usage/]],
    ['a hold deleted', change(`DELETE FROM hold WHERE account_id = $1 AND hold_id = 'open'`), [/hold open: row/]],
    ['a hold that nobody placed', change(`INSERT INTO hold SELECT account_id, 'forged', state, feature, billing, placed_seq, placed_at, expires_at, max_capture, legs, usage, captured FROM hold WHERE account_id = $1 AND hold_id = 'open'`), [/hold forged: entry that placed it/]],
    ['the standing of the account', change(`UPDATE account_state SET standing = replace(standing::text, '"term":"running"', '"term":"ended"')::json WHERE account_id = $1`), [/account: standing: term/]],
    ['the time at which something falls due', change(`UPDATE account_state SET due_at = due_at + interval '9 days' WHERE account_id = $1`), [/account: when something falls due/]],
    ['that anything falls due', change('UPDATE account_state SET due_at = NULL WHERE account_id = $1'), [/account: when something falls due/]],
    ['the time for payment', change(`UPDATE purchase SET payment_due_at = 'infinity' WHERE account_id = $1`), [/purchase .*: paymentDueAt/]],
    ['metadata changed', change(`UPDATE entry_metadata SET content = '{"job":"daily"}' WHERE account_id = $1`), [/entry \d+: hash of the metadata/]],
    ['metadata of no entry', change(`INSERT INTO entry_metadata VALUES ($1, 996, 's', '{}')`), [/metadata of entry 996/]],
    ['what shows that a notice was delivered', change(`UPDATE rate_notice SET deliveries = '[]' WHERE account_id = $1`), [/notice .*: deliveries/]],
    ['the means of a delivery', change(`UPDATE entry SET detail = replace(detail::text, 'acknowledged', 'attested')::json WHERE account_id = $1 AND type = 'notice-delivered'`), [/entry \d+: hash$/, /entry \d+: document/, /two operators for this attestation/]],
    ['the document of an order form', change(`UPDATE order_form SET document = '{}' WHERE account_id = $1`), [/order form .*: documentHash/]],
    ['an order form deleted', change('DELETE FROM order_form WHERE account_id = $1'), [/order form .*: row/]],
    ['the share that a reversal gives back', change(`UPDATE entry SET detail = replace(detail::text, '"share":"0.25"', '"share":"0.35"')::json WHERE account_id = $1 AND type = 'reversal'`), [/entry \d+: hash$/, /line \d+: credits$/]],
    ['the debit that a reversal cites', change(`UPDATE entry SET cites = 1 WHERE account_id = $1 AND type = 'reversal'`), [/cited entry/]],
    ['the detail of an entry, beyond reading', change(`UPDATE entry SET detail = '"x"' WHERE account_id = $1`), [/entry \d+: hash$/]],
    ['the time of an entry', change(`UPDATE entry SET recorded_at = recorded_at - interval '1 day' WHERE account_id = $1 AND seq = ${debit}`), [/recordedAt falls/, /entry \d+: hash$/]],
    ['the actor of an entry', change(`UPDATE entry SET actor = 'key:somebody' WHERE account_id = $1 AND seq = ${debit}`), [/entry \d+: hash$/]],
    ['the key of an entry', change(`UPDATE entry SET key_digest = NULL WHERE account_id = $1 AND seq = ${debit}`), [/idempotency key/, /entry \d+: hash$/]],
    ['the version of the encoding', change(`UPDATE entry SET hash_version = 2 WHERE account_id = $1 AND seq = ${debit}`), [/hash version/]],
    ['a change of status deleted with what follows it', change(`DELETE FROM entry WHERE account_id = $1 AND seq >= (SELECT min(seq) FROM entry WHERE account_id = $1 AND type = 'status')`), [/status that it causes/]],
  ];

  const ofBothAccounts: typeof corruptions = [
    [
      'the rates of a version',
      (query) => query(`UPDATE rate_version SET content = replace(content::text, '"creditsPerUnit":"3"', '"creditsPerUnit":"2"')::json WHERE version = 1`),
      [/\/rate version standard@1: hash of the content/, /line 1: price/],
    ],
    [
      'the rates of a version, and its hash',
      (query) =>
        query(`UPDATE rate_version SET content = replace(content::text, '"creditsPerUnit":"3"', '"creditsPerUnit":"2"')::json,
                 content_hash = sha256(convert_to(replace(content::text, '"creditsPerUnit":"3"', '"creditsPerUnit":"2"'), 'UTF8')) WHERE version = 1`),
      [/entry \d+: hash$/, /line 1: price/],
    ],
    ['a rate version deleted', (query) => query('DELETE FROM rate_version WHERE version = 1'), [/rate version$/]],
  ];

  it.each(corruptions)('names %s', async (_what, corrupt, expected) => {
    const report = await verifyWith(corrupt);
    const names = named(report);
    for (const pattern of expected) expect(names).toContainEqual(expect.stringMatching(pattern));
    expect(report.differenceCount).toBe(names.length);
    expect(names.filter((name) => name.startsWith(bystander))).toEqual([]);
  });

  it.each(ofBothAccounts)('names %s', async (_what, corrupt, expected) => {
    const names = named(await verifyWith(corrupt));
    for (const pattern of expected) expect(names).toContainEqual(expect.stringMatching(pattern));
  });

  it('is clean again after all that', async () => {
    expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
  });
});
