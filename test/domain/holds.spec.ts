import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, type Json } from '../../src/domain/canonical-json.js';
import { ZERO, amount, formatCredits } from '../../src/domain/credits.js';
import type { Entry } from '../../src/domain/entry.js';
import { HOUR_MS, MAX_HOLD_LIFE_MS } from '../../src/domain/hold.js';
import { differencesOf } from '../support/account-history.js';
import { DomainAccount, movesOf, rateBook, rateVersion } from '../support/domain-account.js';

const RATES = rateBook(
  rateVersion(1, { captions: { minutes: '3' }, search: { queries: '0' } }),
  rateVersion(2, { captions: { minutes: '4' }, search: { queries: '0' } }),
  rateVersion(3, { captions: { minutes: { rate: '3', increment: '0.5', minimum: '10' } } }),
);
const FEATURES = ['captions', 'search'].map((feature) => ({ feature, mode: 'credits' as const }));
const DAY = 24 * HOUR_MS;

const accounts: DomainAccount[] = [];
// Whatever a test did to its accounts, the verifier has to agree with it, and what is hashed of each entry has one text only.
afterEach(() => {
  for (const account of accounts.splice(0)) {
    expect(differencesOf(account)).toEqual([]);
    for (const { detail } of account.entries) expect(detail).toBe(canonicalJson(JSON.parse(detail) as Json));
  }
});

/** One lot each, bought at version 1, 2, ... */
function withLots(...credits: readonly string[]): DomainAccount {
  const account = new DomainAccount(RATES);
  accounts.push(account);
  credits.forEach((wanted, index) => {
    account.sign({ features: FEATURES, rateVersion: String(index + 1) });
    account.buy(wanted);
    account.now += 1000;
  });
  return account;
}

function metered(credits: string): DomainAccount {
  const account = new DomainAccount(RATES).sign({ features: FEATURES, rateVersion: '3' });
  accounts.push(account);
  account.buy(credits);
  return account;
}

const balances = ({ state }: DomainAccount): [string, string] => [state.available.toFixed(), state.held.toFixed()];
const lots = (account: DomainAccount): number[] => account.state.lots.map(({ lotId }) => lotId);
const consumed = (entries: readonly Entry[]): string => entries.reduce((sum, { credits }) => sum.add(credits), ZERO).toFixed();

describe('placing a hold (SPEC 6)', () => {
  it('sets aside what the estimate costs, each part at the rates of its own lot', () => {
    const account = withLots('5', '100');
    const [a, b] = lots(account);
    const hold = account.book(account.hold('work', { minutes: '2' }));
    expect(movesOf(hold)).toEqual([`lot ${a}: available to held 5`, `lot ${b}: available to held 1.333333333`]);
    expect(balances(account)).toEqual(['98.666666667', '6.333333333']);
  });

  it('takes an estimate in credits from the lots that could pay for the feature, all or nothing', () => {
    const account = withLots('5', '100');
    expect(movesOf(account.book(account.hold('some', '7')))).toHaveLength(2);
    const { refusal } = account.send(account.hold('more', '99'));
    expect(refusal).toMatchObject({ code: 'insufficient-credits', data: { shortfall: '1.000000000', affordable: { credits: '98.000000000' } } });
    expect(account.refused(account.hold('some', '1'))).toBe('hold-exists');
  });

  it('grants exactly six of twenty holds of 75 on a balance of 500', () => {
    const account = withLots('500');
    const verdicts = Array.from({ length: 20 }, (_, i) => account.refused(account.hold(`h${i}`, '75')));
    expect(verdicts.filter((code) => code === null)).toHaveLength(6);
    expect(balances(account)).toEqual(['50', '450']);
  });

  it('says that no rate is known, not that credits are lacking', () => {
    const account = new DomainAccount(RATES).sign({ features: [{ feature: 'avatar', mode: 'credits' }] });
    accounts.push(account);
    account.buy('10');
    expect(account.refused(account.hold('work', '1', { feature: 'avatar' }))).toBe('no-rate-for-meter');
    expect(account.refused(account.hold('work', '1', { feature: 'captions' }))).toBe('feature-not-ordered');
    expect(account.state.status).toBe('active');
  });

  it('lives for as long as it was asked to, and then gives everything back by itself', () => {
    const account = withLots('5', '100');
    account.book(account.hold('work', '20'));
    account.now += HOUR_MS - 1;
    expect(account.runDue()).toEqual([]);
    account.now += 1;
    const [expired] = account.runDue();
    expect(expired?.entry).toMatchObject({ type: 'hold-expired', subject: 'work', actor: 'sys', keyDigest: null });
    expect(balances(account)).toEqual(['105', '0']);
  });

  it('expires many holds in the order of their ends, the same end in the order of their ids', () => {
    const account = withLots('100');
    for (const [id, hours] of [['c', 1], ['a', 2], ['b', 1]] as const) account.book(account.hold(id, '3', { ttlMs: hours * HOUR_MS }));
    account.now += 3 * HOUR_MS;
    expect(account.runDue().map(({ entry }) => entry.subject)).toEqual(['b', 'c', 'a']);
  });
});

describe('capturing (SPEC 6)', () => {
  it('consumes what was used at the lots and rates of the hold, and gives the rest back', () => {
    const account = withLots('6', '100');
    const [a, b] = lots(account);
    account.book(account.hold('work', '20'));
    const capture = account.book(account.capture('work', { minutes: '3' }));
    expect(movesOf(capture)).toEqual([`lot ${a}: held to consumed 6`, `lot ${b}: held to consumed 4`, `lot ${b}: held to available 10`]);
    expect(balances(account)).toEqual(['96', '0']);
    for (const again of [account.capture('work', { minutes: '1' }), account.command('release-hold', { holdId: 'work' }), account.command('extend-hold', { holdId: 'work', ttlMs: HOUR_MS })]) {
      expect(account.refused(again)).toBe('hold-finalized');
    }
    expect(account.refused(account.capture('other', { minutes: '1' }))).toBe('hold-not-found');
  });

  it('keeps the rates of the hold, whatever was bought since', () => {
    const account = withLots('6');
    account.book(account.hold('work', '6'));
    account.sign({ features: FEATURES, rateVersion: '2', priority: { purchase: '5' } });
    account.buy('100');
    account.grant('50', 'trial');
    expect(formatCredits(account.book(account.capture('work', { minutes: '2' })).credits)).toBe('6.000000000');
  });

  it('draws what was not held from what is available, and leaves the rest unfunded', () => {
    const account = withLots('30');
    account.book(account.hold('work', '9'));
    account.book(account.hold('other', '9'));
    const capture = account.book(account.capture('work', { minutes: '10' }));
    expect([capture.credits.toFixed(), capture.unfunded?.toFixed()]).toEqual(['21', '9']);
    expect(balances(account)).toEqual(['0', '9']);
  });

  it('takes sixty parts against one minimum and one increment as one action', () => {
    const account = metered('500');
    account.book(account.hold('stream', '300'));
    // 60 x 0.2 = 12 minutes, billed as 12; part by part with the increment it would have been 30, with the minimum 600.
    const parts = Array.from({ length: 60 }, (_, i) => account.book(account.capture('stream', { minutes: '0.2' }, i === 59)));
    expect(consumed(parts)).toBe('36');
    expect(parts[0]?.credits.toFixed()).toBe('30');
    expect(parts.slice(1, 50).every(({ credits }) => credits.isZero())).toBe(true);
    expect(balances(account)).toEqual(['464', '0']);
  });

  it('sums up to the cost of the whole, in however many parts and lots', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000_000 }), { minLength: 1, maxLength: 15 }), fc.boolean(), (parts, hold) => {
        const account = metered('500');
        account.book(account.hold('stream', hold ? '100' : '0.5'));
        const quantities = parts.map((micro) => amount(String(micro)).div(1_000_000).toFixed());
        const captures = quantities.map((minutes, i) => account.book(account.capture('stream', { minutes }, i === parts.length - 1)));
        const total = parts.reduce((sum, micro) => sum + micro, 0);
        const billed = Math.ceil(Math.max(total, 10_000_000) / 500_000) / 2;
        expect(consumed(captures)).toBe(amount(String(billed)).mul(3).toFixed());
        expect(balances(account)[1]).toBe('0');
      }),
      { numRuns: 40 },
    );
  });

  it('never consumes more than `maxCapture`, over all parts; the rest is unfunded', () => {
    const account = withLots('100');
    account.book(account.hold('work', '30', { maxCapture: amount('10') }));
    const parts = ['2', '2', '5'].map((minutes, i) => account.book(account.capture('work', { minutes }, i === 2)));
    expect(parts.map(({ credits, unfunded }) => [credits.toFixed(), unfunded?.toFixed()])).toEqual([['6', undefined], ['4', '2'], ['0', '15']]);
    expect(balances(account)).toEqual(['90', '0']);
  });

  it('may pay from one lot twice, from what was held and from what was available', () => {
    const account = withLots('100');
    const [a] = lots(account);
    account.book(account.hold('work', '3'));
    const capture = account.book(account.capture('work', { minutes: '2' }));
    expect(movesOf(capture)).toEqual([`lot ${a}: held to consumed 3`, `lot ${a}: available to consumed 3`]);
    expect(movesOf(account.book(account.reversal(capture.seq, '0.75')))).toEqual([`lot ${a}: consumed to available 3`, `lot ${a}: consumed to available 1.5`]);
    expect(movesOf(account.book(account.reversal(capture.seq)))).toEqual([`lot ${a}: consumed to available 1.5`]);
    expect(account.refused(account.reversal(capture.seq))).toBe('reversal-exceeds-debit');
    expect(balances(account)).toEqual(['100', '0']);
  });

  it('reverses only what a capture consumed, not what it gave back', () => {
    const account = withLots('100');
    account.book(account.hold('work', '30'));
    const capture = account.book(account.capture('work', { minutes: '2' }));
    expect(account.book(account.reversal(capture.seq)).credits.toFixed()).toBe('6');
    expect(account.refused(account.reversal(2))).toBe('not-reversible');
  });

  it('meters what is billed otherwise, with what it would have cost', () => {
    const account = new DomainAccount(RATES).sign({ features: [{ feature: 'captions', mode: 'subscription' }] });
    accounts.push(account);
    account.buy('100');
    expect(account.book(account.hold('work', { minutes: '5' })).postings).toEqual([]);
    const capture = account.book(account.capture('work', { minutes: '2' }));
    expect([capture.credits.toFixed(), capture.unfunded, capture.postings]).toEqual(['0', null, []]);
    expect(JSON.parse(capture.detail)).toMatchObject({ billing: 'subscription', wouldCost: '6.000000000' });
  });

  it('refuses what costs more than an amount can say', () => {
    const account = withLots('10');
    account.book(account.hold('work', '10'));
    expect(account.refused(account.capture('work', { minutes: '9'.repeat(29) }))).toBe('amount-out-of-range');
  });
});

describe('a trial lot that expires in the middle of a hold', () => {
  function trialHeld(): { account: DomainAccount; trial: number; bought: number } {
    const account = new DomainAccount(RATES).sign({ features: FEATURES });
    accounts.push(account);
    const { seq: trial } = account.grant('10', 'trial', '2026-06-15');
    const bought = account.buy('100').seq + 1;
    account.book(account.hold('work', '9', { ttlMs: 20 * HOUR_MS }));
    account.now += 13 * HOUR_MS;
    return { account, trial, bought };
  }

  it('lapses what is available at its end, and still pays from what was held', () => {
    const { account, trial, bought } = trialHeld();
    expect(account.runDue().flatMap(({ entry }) => movesOf(entry))).toEqual([`lot ${trial}: available to lapsed 1`]);
    const capture = account.book(account.capture('work', { minutes: '4' }));
    expect(movesOf(capture)).toEqual([`lot ${trial}: held to consumed 9`, `lot ${bought}: available to consumed 3`]);
  });

  it('lets lapse what the hold gives back', () => {
    const { account, trial } = trialHeld();
    expect(movesOf(account.book(account.capture('work', { minutes: '1' })))).toEqual([`lot ${trial}: held to consumed 3`, `lot ${trial}: held to lapsed 6`]);
    const other = trialHeld();
    expect(movesOf(other.account.book(other.account.command('release-hold', { holdId: 'work' })))).toEqual([`lot ${other.trial}: held to lapsed 9`]);
  });
});

describe('a capture that comes after expiry', () => {
  it('is taken once, from what is available, the rest unfunded', () => {
    const account = withLots('100');
    account.book(account.hold('work', '60'));
    account.now += HOUR_MS;
    account.book(account.use('captions', { minutes: '20' }));
    const late = account.book(account.capture('work', { minutes: '15' }, false));
    expect([late.credits.toFixed(), late.unfunded?.toFixed()]).toEqual(['40', '5']);
    expect(JSON.parse(late.detail)).toMatchObject({ late: true, final: false });
    expect(account.refused(account.capture('work', { minutes: '1' }))).toBe('hold-finalized');
  });

  it('goes on with the usage that was captured before', () => {
    const account = metered('100');
    account.book(account.hold('work', '60'));
    account.book(account.capture('work', { minutes: '4' }, false));
    account.now += HOUR_MS;
    // 4 + 8 minutes cost 36 in all, of which 30 were paid as the minimum.
    expect(account.book(account.capture('work', { minutes: '8' })).credits.toFixed()).toBe('6');
  });

  it('is refused after a release', () => {
    const account = withLots('100');
    account.book(account.hold('work', '60'));
    account.book(account.command('release-hold', { holdId: 'work' }));
    account.now += HOUR_MS;
    expect(account.refused(account.capture('work', { minutes: '1' }))).toBe('hold-finalized');
  });
});

describe('extending', () => {
  const extend = (account: DomainAccount, ttlMs: number) => account.command('extend-hold', { holdId: 'work', ttlMs });

  it('moves the end ahead, never back, and at most seven days after the hold was placed', () => {
    const account = withLots('100');
    const placedAt = account.now;
    account.book(account.hold('work', '60', { ttlMs: 2 * HOUR_MS }));
    expect(account.refused(extend(account, HOUR_MS))).toBe('hold-extension-out-of-range');
    account.book(extend(account, 24 * HOUR_MS));
    for (let day = 1; day < 7; day += 1) {
      account.now += DAY - 1;
      account.book(extend(account, 24 * HOUR_MS));
    }
    account.now += 6;
    expect(account.state.holds.get('work')?.expiresAt).toBe(placedAt + MAX_HOLD_LIFE_MS - 6);
    expect(account.refused(extend(account, 24 * HOUR_MS + 1))).toBe('hold-extension-out-of-range');
    account.book(extend(account, 24 * HOUR_MS));
    account.now += DAY;
    expect(account.refused(extend(account, HOUR_MS))).toBe('hold-finalized');
    expect(balances(account)).toEqual(['100', '0']);
  });
});
