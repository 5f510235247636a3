import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ledger } from '../../src/ledger/ledger.js';
import type { Verdict } from '../../src/ledger/verdict.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { SeededRandom } from '../support/seeded-random.js';

let database: FreshDatabase;
let instances: Ledger[];
let failures: unknown[][];

beforeAll(async () => {
  database = await freshDatabase();
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
  const opened = [openLedger(database.writerUrl), openLedger(database.writerUrl)];
  instances = opened.map(({ ledger }) => ledger);
  failures = opened.map((each) => each.failures);
});
afterEach(async () => {
  expect(failures.flat()).toEqual([]);
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
});
afterAll(async () => {
  await Promise.all(instances.map((ledger) => ledger.drain()));
  await database.drop();
});

/** One account, seen through both instances. */
async function accountWith(...credits: string[]): Promise<LedgerAccount[]> {
  const account = await LedgerAccount.open(database.ownerUrl, instances[0] as Ledger);
  await account.buy('card', ['images'], credits.map((each) => ({ credits: each })));
  return instances.map((instance) => account.through(instance));
}

describe('two instances on one database and one hot account', () => {
  it('book each key once when both get all of them at the same time, and give both callers the same entry', async () => {
    const sides = await accountWith('400', '600');
    const random = new SeededRandom(20_261);
    const keys = Array.from({ length: 600 }, (_, i) => ({ key: `k${i}`, images: String(random.whole(1, 2)) }));
    const answers = await Promise.all(
      sides.map((side) =>
        Promise.all(
          Array.from({ length: 16 }, async (_, sender) => {
            const mine: [string, Verdict][] = [];
            for (const { key, images } of keys.filter((__, i) => i % 16 === sender)) mine.push([key, await side.debit(key, 'images', { images })]);
            return mine;
          }),
        ),
      ),
    );
    const [ours, theirs] = answers.map((senders) => new Map(senders.flat()));
    let firsts = 0;
    for (const { key } of keys) {
      const [one, two] = [unwrap(ours?.get(key) as Verdict), unwrap(theirs?.get(key) as Verdict)];
      expect(one.entry).toEqual(two.entry);
      firsts += Number(!one.replayed) + Number(!two.replayed);
    }
    expect(firsts).toBe(600);
    const total = keys.reduce((sum, { images }) => sum + Number(images), 0);
    const [state] = await query(database.ownerUrl, 'SELECT available FROM account_state WHERE account_id = $1', [sides[0]?.accountId]);
    expect(state).toEqual({ available: `${1_000 - total}.000000000` });
    const [entries] = await query(database.ownerUrl, `SELECT count(*) AS n FROM entry WHERE account_id = $1 AND type = 'debit'`, [sides[0]?.accountId]);
    expect(entries).toEqual({ n: '600' });
  });

  it('spend no credit twice: both together take exactly what is there', async () => {
    const sides = await accountWith('100', '100', '37');
    const verdicts = await Promise.all(
      sides.flatMap((side, s) => Array.from({ length: 200 }, (_, i) => side.debit(`side-${s}-${i}`, 'images', { images: '1' }))),
    );
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(237);
    const refusals = new Set(verdicts.flatMap((verdict) => (verdict.ok ? [] : [verdict.refusal.code])));
    expect([...refusals]).toEqual(['account-suspended']);
  });

  it('reverse one debit once, however both try', async () => {
    const sides = await accountWith('100');
    const { entry } = unwrap(await (sides[0] as LedgerAccount).debit('taken', 'images', { images: '30' }));
    const verdicts = await Promise.all(sides.flatMap((side, s) => [0, 1, 2].map((i) => side.reverse(`back-${s}-${i}`, entry.seq, '0.5'))));
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(2);
    const [state] = await query(database.ownerUrl, 'SELECT available FROM account_state WHERE account_id = $1', [entry.accountId]);
    expect(state).toEqual({ available: '100.000000000' });
  });
});
