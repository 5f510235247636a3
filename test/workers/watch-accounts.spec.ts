import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { LedgerEvent } from '../../src/domain/event.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { WatchAccounts } from '../../src/operations/watch-accounts.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

jest.setTimeout(60_000);

let database: FreshDatabase;
let dataSource: DataSource;
let ledger: Ledger;
let watch: WatchAccounts;

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger } = openLedger(database.writerUrl));
  dataSource = serviceDataSource({ url: database.writerUrl, poolSize: 4, applicationName: 'test', onPoolError: () => undefined });
  await dataSource.initialize();
  watch = new WatchAccounts(dataSource);
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
});
afterEach(async () => {
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
});
afterAll(async () => {
  await dataSource.destroy();
  await ledger.drain();
  await database.drop();
});

const DAY_MS = 24 * 3_600_000;
const advance = (days: number): Promise<unknown> => query(database.ownerUrl, 'UPDATE business_clock SET offset_ms = offset_ms + $1', [Math.round(days * DAY_MS)]);
const now = async (): Promise<number> => {
  const [row] = await query(database.ownerUrl, 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) + offset_ms AS now FROM business_clock');
  return Number(row?.['now']);
};
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
const use = async (account: LedgerAccount, images: string): Promise<void> => void unwrap(await account.debit(randomUUID(), 'images', { images }));
async function told(account: LedgerAccount, ...types: readonly string[]): Promise<LedgerEvent[]> {
  const rows = await query(database.readerUrl, 'SELECT body FROM outbox WHERE account_id = $1 ORDER BY seq, ordinal', [account.accountId]);
  return rows.map(({ body }) => body as unknown as LedgerEvent).filter(({ type }) => types.includes(type));
}

describe('rules on time', () => {
  it('tell of a short runway and of unusual burn once, by the method that the docs give, and again after they were over', async () => {
    const account = await LedgerAccount.open(database.ownerUrl, ledger);
    await account.buy('card', ['images'], [{ credits: '1000' }]);
    await watch.run();
    for (let days = 0; days < 5; days += 1) {
      await advance(1);
      await use(account, '10');
      await watch.run();
    }
    // 50 credits in five days: 950 last for 95 days.
    expect(await told(account, 'runway.below', 'burn.unusual')).toEqual([]);
    await use(account, '80');
    await watch.run();
    await watch.run();
    const [unusual, ...others] = await told(account, 'burn.unusual');
    expect(others).toEqual([]);
    expect(unusual).toMatchObject({ ruleId: 'burn-3', data: { factor: '3' } });
    const { lastDay, usualPerDay } = unusual?.data as { lastDay: string; usualPerDay: string };
    expect(Number(lastDay)).toBeGreaterThanOrEqual(80);
    expect(Number(usualPerDay)).toBeGreaterThan(9.9);
    expect(Number(usualPerDay)).toBeLessThan(10.1);
    await use(account, '770');
    await Promise.all([watch.run(), watch.run()]);
    const [short, ...more] = await told(account, 'runway.below');
    expect(more).toEqual([]);
    // 900 in five days are 180 a day: 100 last for half a day.
    expect(short).toMatchObject({ ruleId: 'runway-14', data: { days: 14, runwayDays: '0.5', balance: '100.000000000' } });
    await account.buy('card', ['images'], [{ credits: '100000' }]);
    await watch.run();
    await use(account, '99900');
    await watch.run();
    expect(await told(account, 'runway.below')).toHaveLength(2);
  });

  it('tell of the end of a Term and of a lot, once each, late or not', async () => {
    const account = await LedgerAccount.open(database.ownerUrl, ledger);
    const today = await now();
    await account.buy('card', ['images'], [{ credits: '10' }], { termEnd: day(today + 60 * DAY_MS) });
    unwrap(await account.grant('grant', '5', day(today + 40 * DAY_MS)));
    await watch.run();
    expect(await told(account, 'term.ending', 'lot.ending')).toEqual([]);
    await advance(28);
    await watch.run();
    await watch.run();
    expect((await told(account, 'term.ending', 'lot.ending')).map(({ type }) => type)).toEqual(['lot.ending']);
    await advance(10);
    await Promise.all([watch.run(), watch.run()]);
    expect((await told(account, 'term.ending', 'lot.ending')).map(({ type, data }) => [type, (data as { days: number }).days])).toEqual([
      ['lot.ending', 14],
      ['term.ending', 30],
    ]);
  });
});
