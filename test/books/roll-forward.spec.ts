import { beforeAll, expect, it, jest } from '@jest/globals';
import { LotBooks } from '../../src/domain/books/lot-books.js';
import { moneyOf } from '../../src/domain/books/lot-money.js';
import { RollForwardMaker, type RollForward } from '../../src/domain/books/roll-forward.js';
import { ZERO, amount, type Amount } from '../../src/domain/credits.js';
import { EMPTY_BUCKETS } from '../../src/domain/lot.js';
import { bookLots } from '../support/books.js';
import { DomainAccount, rateBook, rateVersion } from '../support/domain-account.js';
import { SeededRandom } from '../support/seeded-random.js';

jest.setTimeout(120_000);

const ACCOUNTS = 100;
const DAY_MS = 86_400_000;
/** One with cents, one without minor units, one with three digits; prices that do not divide. */
const MARKETS = [
  { currency: 'EUR', unitPrice: '0.0333' },
  { currency: 'JPY', unitPrice: '1.7' },
  { currency: 'KWD', unitPrice: '0.012345' },
] as const;
const RATES = rateBook(rateVersion(1, { captions: { minutes: '3.000000007' } }));

let accounts: DomainAccount[];
let roll: RollForward;

/** A year of one account: it buys, is granted, uses in odd amounts, is given back, and what is left lapses in its last month. */
function year(random: SeededRandom, index: number): DomainAccount {
  const account = new DomainAccount(RATES, `acc-${String(index)}`);
  account.now = Date.parse('2026-01-01T12:00:00Z');
  const { currency, unitPrice } = MARKETS[index % MARKETS.length] as (typeof MARKETS)[number];
  account.sign({ currency, unitPrice, taxRate: '0.19', termStart: '2026-01-01', termEnd: '2026-11-30', rolloverGraceDays: '10' });
  while (account.now < Date.parse('2026-11-30T00:00:00Z')) {
    const what = random.next();
    if (what < 0.15) account.buy(String(random.whole(7, 90)));
    else if (what < 0.2) account.grant(String(random.whole(1, 9)), random.pick(['trial', 'promotional']));
    else if (what < 0.3) {
      const debit = account.entries.filter(({ type, credits }) => type === 'debit' && !credits.isZero()).at(-1);
      if (debit !== undefined) account.send(account.reversal(debit.seq, random.pick([null, '0.333333333', '0.5'])));
    } else account.send(account.use('captions', { minutes: (random.whole(1, 9_000) / 1_000).toFixed(3) }, { mode: 'record' }));
    account.now += random.whole(1, 12) * DAY_MS;
  }
  account.now = Date.parse('2026-12-20T12:00:00Z');
  account.runDue();
  return account;
}

beforeAll(async () => {
  const random = new SeededRandom(13);
  accounts = Array.from({ length: ACCOUNTS }, (_, i) => year(random, i));
  const maker = new RollForwardMaker();
  for (const account of accounts) await maker.addAccount(bookLots(account), account.entries);
  roll = maker.rollForward();
});

it('closes to zero: nothing is left of a year’s money but what was recognised, in every currency', () => {
  expect(roll.differences).toEqual([
    { currency: null, credits: '0.000000000', money: '0' },
    { currency: 'EUR', credits: '0.000000000', money: '0.00' },
    { currency: 'JPY', credits: '0.000000000', money: '0' },
    { currency: 'KWD', credits: '0.000000000', money: '0.000' },
  ]);
  for (const { currency } of MARKETS) {
    const rows = roll.rows.filter((row) => row.currency === currency);
    expect(rows.length).toBeGreaterThan(10);
    const sum = (column: 'purchased' | 'consumed' | 'lapsed' | 'reinstated'): Amount => rows.reduce((all, { money }) => all.add(money?.[column] ?? '0'), ZERO);
    const prices = accounts.flatMap((account) => bookLots(account)).reduce((all, { price }) => (price?.currency === currency ? all.add(price.amount) : all), ZERO);
    expect(sum('purchased').eq(prices)).toBe(true);
    expect(sum('consumed').add(sum('lapsed')).neg().eq(prices)).toBe(true);
    // Each month goes on where the one before it closed.
    rows.forEach(({ money, credits }, i) => {
      expect([money?.opening, credits.opening]).toEqual(i === 0 ? [money?.opening, '0.000000000'] : [rows[i - 1]?.money?.closing, rows[i - 1]?.credits.closing]);
    });
    expect(Number(rows.at(-1)?.money?.closing)).toBe(0);
  }
  for (const { money } of roll.rows.filter(({ currency }) => currency === null)) expect(money).toBeNull();
});

it('has recognised exactly the price of every lot that was used up, debit by debit', () => {
  let exhausted = 0;
  let odd = 0;
  for (const account of accounts) {
    const books = new LotBooks(bookLots(account));
    const revenue = new Map<number, Amount>();
    for (const entry of account.entries) {
      for (const { book, moved } of books.apply(entry)) revenue.set(book.lot.lotId, (revenue.get(book.lot.lotId) ?? ZERO).add(moved.consumed));
    }
    for (const { lot, buckets } of books.books.values()) {
      if (lot.price === null) continue;
      if (!buckets.consumed.eq(buckets.issued)) {
        odd += 1;
        continue;
      }
      exhausted += 1;
      expect([lot.lotId, revenue.get(lot.lotId)?.toFixed()]).toEqual([lot.lotId, lot.price.amount.toFixed()]);
    }
  }
  expect(exhausted).toBeGreaterThan(100);
  expect(odd).toBeGreaterThan(30);
});

it('divides a price among the places of a lot without a rest, and rounds what was used half-even', () => {
  const of = (price: string, currency: string, buckets: Partial<Record<keyof typeof EMPTY_BUCKETS, string>>) => {
    const all = { ...EMPTY_BUCKETS, ...Object.fromEntries(Object.entries(buckets).map(([bucket, credits]) => [bucket, amount(credits)])) };
    return Object.fromEntries(Object.entries(moneyOf(amount(price), currency, all)).map(([place, money]) => [place, money.toFixed()]));
  };
  expect(of('1', 'EUR', { issued: '3', consumed: '1', lapsed: '1', available: '1' })).toMatchObject({ consumed: '0.33', lapsed: '0.34', deferred: '0.33' });
  expect(of('1', 'JPY', { issued: '2', consumed: '1', available: '1' })).toMatchObject({ consumed: '0', deferred: '1' });
  expect(of('3', 'JPY', { issued: '2', consumed: '1', available: '1' })).toMatchObject({ consumed: '2', deferred: '1' });
  expect(of('0.01', 'EUR', { issued: '2', consumed: '1', frozen: '1' })).toMatchObject({ consumed: '0', frozen: '0.01', deferred: '0' });
  expect(of('5', 'EUR', { issued: '3', consumed: '3' })).toMatchObject({ consumed: '5', deferred: '0' });
});
