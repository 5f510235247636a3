import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { addDays } from '../../src/domain/calendar.js';
import { amount, formatCredits } from '../../src/domain/credits.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;
let failures: unknown[];

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger, failures } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
});
afterEach(async () => {
  expect(failures.splice(0)).toEqual([]);
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
});
afterAll(async () => {
  await ledger.drain();
  await database.drop();
});

async function advanceDays(days: number): Promise<void> {
  await query(database.ownerUrl, 'UPDATE business_clock SET offset_ms = offset_ms + $1', [days * 86_400_000]);
}

describe('rates that were announced, acknowledged and waited out', () => {
  it('reach a purchase of an account that this instance has remembered since before they existed (P2)', async () => {
    const account = await LedgerAccount.open(database.ownerUrl, ledger);
    await account.buy('card', ['images'], [{ credits: '5' }]);
    unwrap(await account.debit('before', 'images', { images: '1' }));
    const effectiveDate = addDays(new Date(await businessTime()).toISOString().slice(0, 10), 31);
    await addRateVersion(database.ownerUrl, 'card', 2, { images: { images: '2' } }, effectiveDate);
    unwrap(await account.announceRates('announce', 'notice', 'card', 2, effectiveDate));
    unwrap(await account.deliverNotice('deliver', 'notice'));
    await advanceDays(33);
    const purchaseId = randomUUID();
    const { entry } = unwrap(await account.placePurchase('buy', purchaseId, '100'));
    expect(entry.rateVersion).toBe('card@2');
    unwrap(await account.pay(purchaseId, amount('10')));
    // 4 credits at 1 are left, then one at 2: an action of 5 images takes 4 + 2.
    expect(formatCredits(unwrap(await account.debit('after', 'images', { images: '5' })).entry.credits)).toBe('6.000000000');
  });
});

async function businessTime(): Promise<number> {
  const [row] = await query(database.ownerUrl, 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) + offset_ms AS now FROM business_clock');
  return Number(row?.['now']);
}
