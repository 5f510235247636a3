import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ONE, ZERO, amount, formatCredits } from '../../src/domain/credits.js';
import type { Entry } from '../../src/domain/entry.js';
import { DomainAccount, legsOf, rateBook, rateVersion } from '../support/domain-account.js';

const RATES = rateBook(
  rateVersion(1, { captions: { minutes: '3' } }),
  rateVersion(2, { captions: { minutes: '4' } }),
  rateVersion(3, { captions: { minutes: '7.3' } }),
);

function withLots(...credits: readonly string[]): DomainAccount {
  const account = new DomainAccount(RATES);
  credits.forEach((wanted, index) => {
    account.sign({ rateVersion: String(index + 1) });
    account.buy(wanted);
    account.now += 1000;
  });
  return account;
}

function returned(entries: readonly Entry[]): Map<number, string> {
  const sums = new Map<number, ReturnType<typeof amount>>();
  for (const { lotId, credits } of entries.flatMap(({ postings }) => postings)) sums.set(lotId, (sums.get(lotId) ?? ZERO).add(credits));
  return new Map([...sums].map(([lotId, credits]) => [lotId, formatCredits(credits)]));
}

describe('reversal (SPEC 12)', () => {
  it('gives the newest leg back first, each at its own leg’s credits', () => {
    const account = withLots('5', '100');
    const debit = account.book(account.use('captions', { minutes: '2' }));
    const [a, b] = account.state.lots.map(({ lotId }) => lotId);
    expect(legsOf(account.book(account.reversal(debit.seq, '0.1')))).toEqual([[b, '0.800000000']]);
    // 0.1 of the action was given back: 1/15 of it are left in the second leg, and the rest comes from the first.
    expect(legsOf(account.book(account.reversal(debit.seq, '0.5')))).toEqual([[b, '0.533333333'], [a, '2.600000000']]);
    expect(legsOf(account.book(account.reversal(debit.seq)))).toEqual([[a, '2.400000000']]);
    expect(account.refused(account.reversal(debit.seq))).toBe('reversal-exceeds-debit');
    expect(account.refused(account.reversal(debit.seq, '0.000000001'))).toBe('reversal-exceeds-debit');
  });

  it('returns exactly what was taken, in however many steps, over two and three legs', () => {
    const steps = fc.array(fc.bigInt(1n, 10n ** 9n).map((part) => part), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(steps, fc.boolean(), fc.integer({ min: 3_000_000, max: 9_999_999 }), (parts, three, microMinutes) => {
        const account = three ? withLots('1.000000007', '5.1', '100') : withLots('1.000000007', '100');
        const debit = account.book(account.use('captions', { minutes: `${Math.floor(microMinutes / 1e6)}.${String(microMinutes % 1e6).padStart(6, '0')}` }));
        const before = account.state.lots.map(({ lotId }) => account.available(lotId));
        const total = parts.reduce((sum, part) => sum + part, 0n);
        let shares = ZERO;
        const reversals = parts.slice(0, -1).flatMap((part) => {
          const share = amount(part.toString()).div(amount((total * 2n).toString())).toDecimalPlaces(9);
          if (share.isZero() || shares.add(share).gt(ONE)) return [];
          shares = shares.add(share);
          return [account.book(account.reversal(debit.seq, share.toFixed()))];
        });
        reversals.push(account.book(account.reversal(debit.seq)));
        expect(returned(reversals)).toEqual(returned([debit]));
        expect(account.state.lots.map(({ buckets }) => formatCredits(buckets.consumed))).toEqual(account.state.lots.map(() => '0.000000000'));
        expect(before).not.toEqual(account.state.lots.map(({ lotId }) => account.available(lotId)));
        expect(account.refused(account.reversal(debit.seq))).toBe('reversal-exceeds-debit');
      }),
      { numRuns: 60 },
    );
  });

  it('takes what went unfunded as the newest part, which gives nothing back', () => {
    const account = withLots('3');
    const debit = account.book(account.use('captions', { minutes: '2' }, { mode: 'record' }));
    expect(debit.unfunded?.toFixed()).toBe('3');
    expect(account.book(account.reversal(debit.seq, '0.5')).postings).toEqual([]);
    expect(formatCredits(account.book(account.reversal(debit.seq)).credits)).toBe('3.000000000');
  });

  it('lets credits of a lot that has ended lapse as they come back', () => {
    const account = new DomainAccount(RATES).sign();
    account.grant('10', 'trial', '2026-06-15');
    const debit = account.book(account.use('captions', { minutes: '1' }));
    account.now += 86_400_000;
    expect(account.book(account.reversal(debit.seq)).postings).toMatchObject([{ from: 'consumed', to: 'lapsed' }]);
  });

  it('reverses debits only', () => {
    const account = withLots('3');
    expect(account.refused(account.reversal(1))).toBe('not-reversible');
    expect(account.refused(account.reversal(999))).toBe('not-reversible');
  });
});
