import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { amount } from '../../src/domain/credits.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'standard', 1, { images: { images: '1' } });
});
afterAll(async () => {
  await ledger.drain();
  await database.drop();
});

async function grant(to: LedgerAccount, credits: string): Promise<number> {
  const request = { keyDigest: shortDigest(`grant-${credits}`), fingerprint: shortDigest(credits), actor: 'key:test' };
  const { entry } = unwrap(
    await to.execute({ type: 'grant', ...request, kind: 'trial', credits: amount(credits), validThrough: null, reason: 'try it' }),
  );
  return entry.seq;
}

it.each([1, 12])('burns %i lots in the order that the order form signed last asks for (SPEC 9)', async (purchases) => {
  const account = await LedgerAccount.open(database.ownerUrl, ledger);
  await account.buy('standard', ['images'], Array.from({ length: purchases }, () => ({ credits: '5' })));
  const trial = await grant(account, '7');
  const first = unwrap(await account.debit('before', 'images', { images: '1' }));
  expect(first.entry.postings.map(({ lotId }) => lotId)).toEqual([trial]);

  await account.buy('standard', ['images'], [{ credits: '5' }], { priority: { purchase: '5' } });
  const second = unwrap(await account.debit('after', 'images', { images: '1' }));
  expect(second.entry.postings[0]?.lotId).toBeLessThan(trial);
  const stored = await query(database.ownerUrl, 'SELECT DISTINCT kind, priority FROM lot WHERE account_id = $1 ORDER BY kind', [account.accountId]);
  expect(stored).toEqual([
    { kind: 'purchase', priority: 5 },
    { kind: 'trial', priority: 10 },
  ]);
});
