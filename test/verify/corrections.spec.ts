import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Command } from '../../src/domain/command.js';
import { amount } from '../../src/domain/credits.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { HOUR_MS } from '../../src/domain/hold.js';
import { ExportAccount } from '../../src/operations/export-account.js';
import { SignHeads } from '../../src/operations/sign-heads.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { withClient } from '../../src/postgres/connection.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { keepTables, restoreTables } from '../support/kept-tables.js';
import { LedgerAccount, addRateVersion, openLedger, unwrap } from '../support/ledger-account.js';

/** An account to which everything happened that corrections can do, and what somebody with all rights could make of it. */
let database: FreshDatabase;
let keys = 0;

beforeAll(async () => {
  database = await freshDatabase();
  const { ledger, failures } = openLedger(database.writerUrl);
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' } });
  await addRateVersion(database.ownerUrl, 'standard', 2, { captions: { minutes: '4' } });
  const from = await LedgerAccount.open(database.ownerUrl, ledger, 'acc-from');
  const to = await LedgerAccount.open(database.ownerUrl, ledger, 'acc-to');
  await to.buy('standard', ['captions'], [{ credits: '5' }]);
  await from.buy('standard', ['captions'], [{ credits: '20' }]);
  const debit = unwrap(await from.debit('work', 'captions', { minutes: '8' }, { mode: 'record' }));
  const waived = unwrap(await from.debit('gone', 'captions', { minutes: '1' }, { mode: 'record' }));
  const open = unwrap(await from.debit('open', 'captions', { minutes: '1' }, { mode: 'record' }));
  await from.buy('standard', ['captions'], [{ credits: '100', rateVersion: 2 }]);
  const lotId = open.entry.seq + 4;
  unwrap(await send(from, 'settle-unfunded', { seq: debit.entry.seq, lotId, credits: null }));
  unwrap(await send(from, 'waive-unfunded', { seq: waived.entry.seq, reason: 'ours' }));
  unwrap(await send(from, 'place-hold', { holdId: 'h', feature: 'captions', estimate: { credits: amount('40') }, ttlMs: HOUR_MS, maxCapture: null }));
  unwrap(await send(from, 'freeze-lot', { lotId, credits: amount('80'), reason: 'chargeback', reference: 'cb-1' }));
  unwrap(await send(from, 'release-hold', { holdId: 'h' }));
  unwrap(await from.reverse('half', debit.entry.seq, '0.1'));
  unwrap(await send(from, 'withdraw-frozen', { lotId, credits: amount('10'), reason: 'lost', reference: 'cb-1' }));
  unwrap(await send(from, 'release-frozen', { lotId, credits: null, reason: 'won', reference: 'cb-1' }));
  const adjusted = unwrap(await send(from, 'adjust', { lotId: null, credits: amount('50'), reason: 'outage', limit: amount('40'), requestedBy: 'key:other' }));
  unwrap(await send(from, 'adjust', { lotId: adjusted.entry.seq, credits: amount('5'), reason: 'twice', limit: amount('100'), requestedBy: null }));
  unwrap(await send(from, 'open-dispute', { disputeId: 'd1', seq: debit.entry.seq, claimant: 'licensee', awareOn: '2026-01-01', noticeOn: '2026-01-12', reference: 'l' }));
  unwrap(await send(from, 'close-dispute', { disputeId: 'd1', outcome: 'rejected', reason: 'late' }));
  await transfer(from, to, lotId);
  const ground = { kind: 'law' as const, reference: 'section 355' };
  const outgoingPayment = { reference: 'out-1', amount: '1.00', currency: 'EUR' };
  unwrap(await send(from, 'refund-lot', { lotId, ground, outgoingPayment, creditNote: 'CN-1', requestedBy: 'key:other' }));
  unwrap(await from.reverse('rest', debit.entry.seq));
  await ledger.drain();
  expect(failures).toEqual([]);
});
afterAll(() => database.drop());

function send<Type extends Command['type']>(
  of: LedgerAccount,
  type: Type,
  matter: Omit<Extract<Command, { type: Type }>, 'type' | 'accountId' | 'keyDigest' | 'fingerprint' | 'actor'>,
  key = `key-${(keys += 1)}`,
): ReturnType<LedgerAccount['execute']> {
  return of.execute({ type, keyDigest: shortDigest(key), fingerprint: shortDigest(`request of ${key}`), actor: 'key:operator', ...matter });
}

async function transfer(from: LedgerAccount, to: LedgerAccount, lotId: number): Promise<void> {
  const consent = { reference: 'letter', date: '2020-01-01', sha256: 'ab'.repeat(32) };
  const requestedBy = 'key:other';
  const left = unwrap(await send(from, 'transfer-out', { lotId, credits: amount('7'), toAccountId: 'acc-to', consent, requestedBy }, 'move'));
  const { lot } = JSON.parse(left.entry.detail) as { lot: { purchaseId: string; orderFormId: string; unitPrice: string } };
  const terms = { kind: 'purchase' as const, cardId: 'standard', rateVersion: 'standard@2', currency: 'EUR', validUntil: null };
  const source = { accountId: 'acc-from', lotId, seq: left.entry.seq };
  const { purchaseId, orderFormId, unitPrice } = lot;
  unwrap(await send(to, 'transfer-in', { source, lot: { ...terms, purchaseId, orderFormId, unitPrice }, credits: amount('7'), consent, requestedBy }, 'move'));
}

type Query = (sql: string) => Promise<unknown>;

async function differences(corrupt: (query: Query) => Promise<unknown>): Promise<string[]> {
  const attack = { url: database.ownerUrl, applicationName: 'test-attacker', settings: { session_replication_role: 'replica' } };
  const tables = ['entry', 'posting', 'lot', 'unfunded_usage', 'dispute', 'transfer', 'transfer_arrival', 'break'];
  return withClient(attack, async (client) => {
    await keepTables(client, tables);
    try {
      await corrupt((sql) => client.query(sql));
      return (await verifyLedger({ readerUrl: database.readerUrl })).differences.map(({ accountId, at, what }) => `${accountId ?? ''} ${at}: ${what}`);
    } finally {
      await restoreTables(client, tables);
    }
  });
}

const CORRUPTIONS: [string, string, RegExp][] = [
  ['unfunded usage that is open again', `UPDATE unfunded_usage SET state = 'open', open_share = share, open_credits = credits, ended_seq = NULL WHERE state = 'settled'`, /unfunded usage of entry \d+: state/],
  ['unfunded usage that is not listed', `DELETE FROM unfunded_usage WHERE state = 'open'`, /unfunded usage of entry \d+: row/],
  ['unfunded usage that nobody recorded', `INSERT INTO unfunded_usage SELECT account_id, 1, feature, occurred_at, recorded_at, accounting_date, credits, share, open_credits, open_share, state FROM unfunded_usage WHERE state = 'open'`, /unfunded usage of entry 1: row/],
  ['a lot that is not refunded any more', `UPDATE lot SET condition = 'normal' WHERE condition = 'refunded'`, /lot \d+: condition/],
  ['credits that a freeze is owed', `UPDATE lot SET condition = 'frozen', freeze_owed = 1 WHERE account_id = 'acc-to' AND source_account_id IS NULL`, /lot \d+: credits owed to a freeze/],
  ['a lot with another source', `UPDATE lot SET source_lot_id = 1 WHERE source_account_id IS NOT NULL`, /acc-to lot \d+: source/],
  ['a dispute that ended otherwise', `UPDATE dispute SET outcome = 'upheld'`, /dispute d1: outcome/],
  ['a dispute that is gone', `DELETE FROM dispute`, /dispute d1: row/],
  ['a transfer of other credits', `UPDATE transfer SET credits = 8`, /row of the transfer: credits/],
  ['a transfer whose other half is missing', `DELETE FROM entry WHERE type = 'transfer-in'`, /acc-from entry \d+: other half of the transfer/],
  ['a transfer whose arrival is not listed', `DELETE FROM transfer_arrival`, /acc-to entry \d+: row of the transfer/],
  ['an arrival that nothing left for', `UPDATE entry SET type = 'waiver' WHERE type = 'transfer-out'`, /acc-to entry \d+: entry that the credits left by/],
  ['a break that is gone', `DELETE FROM break WHERE kind = 'return-to-refunded-lot'`, /break of what went back to a refunded lot/],
  ['a refund by one person', `UPDATE entry SET actor = 'key:other' WHERE type = 'refund'`, /two operators for this refund/],
  ['an adjustment by one person', `UPDATE entry SET detail = replace(detail::text, '"key:other"', 'null')::json WHERE type = 'adjustment'`, /two operators for this adjustments of/],
  ['a consent that is younger', `UPDATE entry SET detail = replace(detail::text, '2020-01-01', '2090-01-01')::json WHERE type = 'transfer-out'`, /entry \d+: consent/],
  ['a settlement of other credits', `UPDATE entry SET credits = 1 WHERE type = 'settlement'`, /entry \d+: credits of the entry/],
  ['a freeze that was owed less', `UPDATE entry SET detail = replace(detail::text, '"freezeOwed":"', '"freezeOwed":"1')::json WHERE type = 'freeze'`, /credits still owed to the freeze/],
  ['a notice that was late', `UPDATE entry SET detail = replace(detail::text, '"noticeInTime":false', '"noticeInTime":true')::json WHERE type = 'dispute'`, /notice in time/],
];

describe('the verifier, of corrections', () => {
  it('finds nothing to object to where nobody changed anything', async () => {
    expect(await differences(() => Promise.resolve())).toEqual([]);
  });

  it.each(CORRUPTIONS)('names %s', async (_, sql, expected) => {
    expect(await differences((query) => query(sql))).toContainEqual(expect.stringMatching(expected));
  });
});

describe('the export, of corrections', () => {
  it('is the same with the rights of the account alone, the other half of a transfer included; the connection gets its own back', async () => {
    // One connection: whoever comes next gets the same.
    const source = serviceDataSource({ url: database.writerUrl, poolSize: 1, applicationName: 'test', onPoolError: () => undefined });
    await source.initialize();
    const wallNow = (): number => 1_800_000_000_000;
    const exporting = new ExportAccount(source, new SignHeads(source, [Buffer.alloc(32, 5)], wallNow), wallNow);
    const textOf = async (accountId: string, bound: boolean): Promise<string> => {
      let text = '';
      for await (const part of await exporting.run(accountId, bound)) text += part;
      return text;
    };
    const own = async () => {
      const [row] = await source.query<object[]>(`SELECT current_user AS me, coalesce(current_setting('credits.account_id', true), '') AS account`);
      expect(row).toEqual({ me: 'credits_writer', account: '' });
    };
    for (const accountId of ['acc-from', 'acc-to']) {
      const asService = await textOf(accountId, false);
      expect(asService).toContain('"line":"end"');
      expect(await textOf(accountId, true)).toBe(asService);
      await own();
    }
    // A reader that went away.
    for await (const part of await exporting.run('acc-from', true)) {
      expect(part).not.toBe('');
      break;
    }
    await own();
    await expect(exporting.run('acc-none', true)).rejects.toMatchObject({ refusal: { code: 'account-not-found' } });
    await source.destroy();
  });
});
