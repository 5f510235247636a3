import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { amount } from '../../src/domain/credits.js';
import type { Verdict } from '../../src/ledger/verdict.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query } from '../support/ledger-account.js';
import { SeededRandom } from '../support/seeded-random.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await addRateVersion(database.ownerUrl, 'card', 1, { captions: { minutes: '3' }, images: { images: '0.333333333' } });
  await addRateVersion(database.ownerUrl, 'card', 2, { captions: { minutes: '4.1' }, images: { images: '0' }, avatar: { seconds: '0.7' } });
});
afterAll(() => database.drop());

type Act = (account: LedgerAccount) => Promise<Verdict>;

/** What one account is asked, one after another, some of it wrong, repeated, or more than there is. */
function acts(random: SeededRandom, count: number): Act[] {
  const purchases: { id: string; credits: number }[] = [];
  const quantity = (most: number): string => amount(String(random.whole(1, most * 1_000))).div(1_000).toFixed();
  return Array.from({ length: count }, (_, i): Act => {
    const key = random.next() < 0.08 && i > 0 ? `key-${random.whole(0, i - 1)}` : `key-${i}`;
    const dice = random.next();
    if (dice < 0.7) {
      const [feature, meter, most] = random.pick([
        ['captions', 'minutes', 4],
        ['images', 'images', 30],
        ['avatar', 'seconds', 9],
        ['not-ordered', 'minutes', 1],
        ['captions', 'minuets', 1],
      ] as const);
      const usage = { [meter]: quantity(most) };
      const mode = random.next() < 0.25 ? 'record' : 'authorize';
      return (account) => account.debit(key, feature, usage, { mode });
    }
    if (dice < 0.8) {
      const seq = random.whole(1, i + 5);
      const share = random.pick([null, '0.5', '0.333333333', '1']);
      return (account) => account.reverse(key, seq, share);
    }
    if (dice < 0.86) {
      const [credits, through] = [quantity(20), random.pick([null, '2030-06-30', '2020-01-01'])];
      return (account) => account.grant(key, credits, through);
    }
    if (dice < 0.92 || purchases.length === 0) {
      const purchase = { id: `purchase-${i}`, credits: random.whole(1, 40) };
      purchases.push(purchase);
      return (account) => account.placePurchase(key, purchase.id, String(purchase.credits));
    }
    const { id, credits } = random.pick(purchases);
    const money = amount(String(credits)).mul(random.pick(['0.10', '0.10', '0.05', '0.2'])).toDecimalPlaces(2);
    const payment = `payment-${i}`;
    return (account) => account.pay(id, money, `${account.accountId}-${payment}`);
  });
}

/** What of a verdict must not depend on how commands were batched: all but times and what is made of them. */
function comparable(verdict: Verdict, accountId: string): unknown {
  const timeless = JSON.stringify(verdict, (name, value: unknown) =>
    ['recordedAt', 'occurredAt', 'accountingDate', 'hash', 'fingerprint', 'keyDigest'].includes(name) ? undefined : value,
  );
  return timeless
    .replaceAll(accountId, 'account')
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'uuid')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'time');
}

async function endOf(accountId: string): Promise<unknown> {
  const [state] = await query(database.ownerUrl, 'SELECT seq, available, held, status FROM account_state WHERE account_id = $1', [accountId]);
  const lots = await query(
    database.ownerUrl,
    'SELECT lot_id, priority, open, issued, available, consumed, lapsed, rate_version FROM lot WHERE account_id = $1 ORDER BY lot_id',
    [accountId],
  );
  const purchases = await query(database.ownerUrl, 'SELECT purchase_id, state, paid FROM purchase WHERE account_id = $1 ORDER BY 1', [accountId]);
  return { state, lots, purchases: purchases.filter(({ purchase_id: id }) => id?.startsWith('purchase-')) };
}

/** SPEC 16.8, through the database: what the tests of the core show of `decide` alone. */
it.each([1, 2, 3])('a batch gives the verdicts and the balances that its items give one after another (seed %i)', async (seed) => {
  const batched = openLedger(database.writerUrl, { lanes: 2, batchLimit: 512 });
  const single = openLedger(database.writerUrl, { lanes: 1, batchLimit: 1 });
  const scripts = Array.from({ length: 3 }, (_, i) => acts(new SeededRandom(seed * 1_000 + i), 100));
  const open = async (way: string, ledger: typeof batched.ledger): Promise<LedgerAccount[]> =>
    Promise.all(
      scripts.map(async (_, i) => {
        const account = await LedgerAccount.open(database.ownerUrl, ledger, `${way}-${seed}-${i}`);
        await account.buy('card', ['captions', 'images'], [{ credits: '30', rateVersion: 1 }]);
        await account.buy('card', ['captions', 'images', 'avatar'], [{ credits: '25', rateVersion: 2 }], { suspendAtBalance: '2' });
        return account;
      }),
    );
  const inBatches = await open('batch', batched.ledger);
  const oneByOne = await open('alone', single.ledger);

  // All at once; of one account in order, as a queue keeps it.
  const together = await Promise.all(scripts.map((script, i) => Promise.all(script.map((act) => act(inBatches[i] as LedgerAccount)))));
  for (const [i, script] of scripts.entries()) {
    const account = oneByOne[i] as LedgerAccount;
    for (const [n, act] of script.entries()) {
      const alone = comparable(await act(account), account.accountId);
      expect(comparable(together[i]?.[n] as Verdict, (inBatches[i] as LedgerAccount).accountId)).toEqual(alone);
    }
    expect(await endOf((inBatches[i] as LedgerAccount).accountId)).toEqual(await endOf(account.accountId));
  }
  await Promise.all([batched.ledger.drain(), single.ledger.drain()]);
  expect([...batched.failures, ...single.failures]).toEqual([]);
  const codes = new Set(together.flat().map((verdict) => (verdict.ok ? verdict.entry.type : verdict.refusal.code)));
  expect([...codes]).toEqual(expect.arrayContaining(['debit', 'reversal', 'grant', 'purchase', 'payment', 'insufficient-credits', 'idempotency-key-reused']));
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
}, 180_000);
