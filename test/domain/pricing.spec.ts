import { describe, expect, it } from '@jest/globals';
import { amount, formatCredits } from '../../src/domain/credits.js';
import { billableQuantity, roundsToZero, type Rate } from '../../src/domain/rate.js';
import { DomainAccount, NOON, legsOf, rateBook, rateVersion } from '../support/domain-account.js';

const DAY = 86_400_000;

/** Signs for version 1, buys, then signs again for version 2 and buys: lots at both. */
function twoLots(first: string, second: string, ...texts: string[]): DomainAccount {
  const account = new DomainAccount(rateBook(...texts)).sign();
  account.buy(first);
  account.now += 1000;
  account.sign({ rateVersion: '2' });
  account.buy(second);
  account.now += 1000;
  return account;
}

const CAPTIONS_3 = rateVersion(1, { captions: { minutes: '3' } });
const CAPTIONS_4 = rateVersion(2, { captions: { minutes: '4' } });

describe('pricing over lots (SPEC 4)', () => {
  it('carries usage and not credits: the worked example', () => {
    const account = twoLots('5', '100', CAPTIONS_3, CAPTIONS_4);
    const [a, b] = account.state.lots;
    const entry = account.book(account.use('captions', { minutes: '2' }));
    expect(legsOf(entry)).toEqual([[a?.lotId, '5.000000000'], [b?.lotId, '1.333333333']]);
    expect(formatCredits(entry.credits)).toBe('6.333333333');
    expect(entry.postings.map(({ rateVersion: version }) => version)).toEqual(['standard@1', 'standard@2']);
    expect(entry.postings.map(({ share }) => share)).toEqual([`0.8${'3'.repeat(39)}`, `0.1${'6'.repeat(38)}7`]);
  });

  it('prices what no lot covers as a purchase made now: the shortfall of the worked example', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3, CAPTIONS_4)).sign();
    account.buy('5');
    account.sign({ rateVersion: '2' });
    const { refusal } = account.send(account.use('captions', { minutes: '2' }));
    expect(refusal).toMatchObject({
      code: 'insufficient-credits',
      data: { required: '6.333333333', available: '5.000000000', held: '0.000000000', shortfall: '1.333333333', affordable: { minutes: '1.666666666' } },
    });
  });

  it('takes in record mode what is there, and the rest is unfunded', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3, CAPTIONS_4)).sign();
    account.buy('5');
    account.sign({ rateVersion: '2' });
    const entry = account.book(account.use('captions', { minutes: '2' }, { mode: 'record' }));
    expect(formatCredits(entry.credits)).toBe('5.000000000');
    expect(entry.unfunded?.toFixed()).toBe('1.333333333');
    expect(entry.rateVersion).toBe('standard@2');
    expect(entry.availableAfter.isZero()).toBe(true);
  });

  it('prices unfunded usage that lies back at today’s rates, and not at those of its day', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3, rateVersion(2, { captions: { minutes: '4' } }, '2026-07-20'))).sign();
    const notice = { noticeId: 'n', cardId: 'standard', version: 2, effectiveDate: '2026-07-20', text: 'New rates.' };
    account.book(account.command('announce-rates', notice));
    account.book(account.command('deliver-notice', { noticeId: 'n', evidence: { means: 'acknowledged' } }));
    account.now = Date.parse('2026-07-21T00:00:00Z');
    const entry = account.book(account.use('captions', { minutes: '2' }, { mode: 'record', occurredAt: NOON }));
    expect(entry.unfunded?.toFixed()).toBe('8');
  });

  it('spans three lots', () => {
    const account = twoLots('1', '1', rateVersion(1, { captions: { minutes: '3' } }), rateVersion(2, { captions: { minutes: '7' } }));
    account.now += 1000;
    account.buy('100');
    account.now += 1000;
    const entry = account.book(account.use('captions', { minutes: '1' }));
    // 1/3 and 1/7 of the minute are paid; the 11/21 left cost 77/21 at 7 per minute.
    expect(legsOf(entry).map(([, credits]) => credits)).toEqual(['1.000000000', '1.000000000', '3.666666667']);
  });

  it('rounds a leg once, half to even, on nine places', () => {
    const tie = (rate: string, minutes: string): string => {
      const account = new DomainAccount(rateBook(rateVersion(1, { captions: { minutes: rate } }))).sign();
      account.buy('100');
      return formatCredits(account.book(account.use('captions', { minutes })).credits);
    };
    expect(tie('0.000000001', '0.5')).toBe('0.000000000');
    expect(tie('0.000000001', '1.5')).toBe('0.000000002');
    expect(tie('0.000000001', '2.5')).toBe('0.000000002');
    expect(tie('0.000000001', '2.500000001')).toBe('0.000000003');
    expect(tie('0.5', '0.000000003')).toBe('0.000000002');
  });

  it('adds meters before it rounds', () => {
    const account = new DomainAccount(rateBook(rateVersion(1, { captions: { a: '0.0000000005', b: '0.0000000005' } }))).sign();
    account.buy('1');
    expect(formatCredits(account.book(account.use('captions', { a: '1', b: '1' })).credits)).toBe('0.000000001');
  });

  it('raises to the minimum, then up to a multiple of the increment', () => {
    const rate = (increment: string | null, minimum: string | null): Rate => ({
      meter: 'minutes',
      unit: 'minute',
      creditsPerUnit: amount('2'),
      increment: increment === null ? null : amount(increment),
      minimum: minimum === null ? null : amount(minimum),
    });
    const billed = (increment: string | null, minimum: string | null, quantity: string): string =>
      billableQuantity(rate(increment, minimum), amount(quantity)).toFixed();
    expect(billed(null, null, '1.25')).toBe('1.25');
    expect(billed('0.5', null, '1.25')).toBe('1.5');
    expect(billed('0.5', null, '1.5')).toBe('1.5');
    expect(billed(null, '3', '1.25')).toBe('3');
    expect(billed('2', '3', '1.25')).toBe('4');
    expect(billed('2', '3', '0')).toBe('4');
    expect(billed('0.1', null, '0.000000001')).toBe('0.1');
  });

  it('knows a rate whose smallest billable quantity would cost nothing', () => {
    const rate = (creditsPerUnit: string, increment?: string): Rate => ({
      meter: 'm',
      unit: 'u',
      creditsPerUnit: amount(creditsPerUnit),
      increment: increment === undefined ? null : amount(increment),
      minimum: null,
    });
    expect(roundsToZero(rate('0.0000000004'))).toBe(true);
    expect(roundsToZero(rate('0.000000001'))).toBe(false);
    expect(roundsToZero(rate('0.000000001', '0.1'))).toBe(true);
    expect(roundsToZero(rate('0'))).toBe(false);
  });

  it('asks nothing for a new meter on a lot that knows the feature without it', () => {
    const account = twoLots('100', '100', CAPTIONS_3, rateVersion(2, { captions: { minutes: '4', languages: '5' } }));
    const entry = account.book(account.use('captions', { minutes: '1', languages: '2' }));
    expect(legsOf(entry)).toEqual([[account.state.lots[0]?.lotId, '3.000000000']]);
  });

  it('rates a new feature by the first later version that knows it, at the time of the action', () => {
    const account = twoLots('100', '100', CAPTIONS_3, rateVersion(2, { captions: { minutes: '4' }, avatar: { minutes: '10' } }));
    account.sign({ rateVersion: '2', features: [{ feature: 'avatar', mode: 'credits' }] });
    const entry = account.book(account.use('avatar', { minutes: '1' }));
    expect(entry.postings).toMatchObject([{ rateVersion: 'standard@2', lotId: account.state.lots[0]?.lotId }]);
    expect(formatCredits(entry.credits)).toBe('10.000000000');
  });

  it('rates a renamed feature as the lot’s version knew it', () => {
    const account = twoLots('100', '100', CAPTIONS_3, rateVersion(2, { subtitles: { minutes: '4' } }, '2020-01-01', { subtitles: 'captions' }));
    account.sign({ rateVersion: '2', features: [{ feature: 'subtitles', mode: 'credits' }] });
    const entry = account.book(account.use('subtitles', { minutes: '1' }));
    expect(entry.postings).toMatchObject([{ rateVersion: 'standard@1' }]);
    expect(formatCredits(entry.credits)).toBe('3.000000000');
  });

  it('asks nothing for a meter that a later version dropped, on a lot of that version', () => {
    const account = twoLots('1', '100', rateVersion(1, { captions: { minutes: '3', languages: '5' } }), CAPTIONS_4);
    const entry = account.book(account.use('captions', { minutes: '1', languages: '1' }));
    expect(legsOf(entry).map(([, credits]) => credits)).toEqual(['1.000000000', '3.500000000']);
  });

  it('says what could be afforded in whole increments, and nothing where the minimum is not covered', () => {
    const affordable = (minutes: { rate: string; increment?: string; minimum?: string }): unknown => {
      const account = new DomainAccount(rateBook(rateVersion(1, { captions: { minutes } }))).sign();
      account.buy('5');
      return account.send(account.use('captions', { minutes: '2' })).refusal?.data?.['affordable'];
    };
    expect(affordable({ rate: '3' })).toEqual({ minutes: '1.666666666' });
    expect(affordable({ rate: '3', increment: '1' })).toEqual({ minutes: '1' });
    expect(affordable({ rate: '3', increment: '0.25' })).toEqual({ minutes: '1.5' });
    expect(affordable({ rate: '3', minimum: '2' })).toEqual({ minutes: '0' });
  });

  it('refuses a misspelt meter, which would be free for ever', () => {
    const account = twoLots('100', '100', CAPTIONS_3, CAPTIONS_4);
    expect(account.refused(account.use('captions', { minuets: '1' }))).toBe('no-rate-for-meter');
    expect(account.refused(account.use('captions', { minutes: '1', minuets: '1' }))).toBe('no-rate-for-meter');
  });

  it('refuses a feature that was not ordered, or that no card knows', () => {
    const account = twoLots('100', '100', CAPTIONS_3, CAPTIONS_4);
    expect(account.refused(account.use('avatar', { minutes: '1' }))).toBe('feature-not-ordered');
    account.sign({ features: [{ feature: 'avatar', mode: 'credits' }] });
    expect(account.refused(account.use('avatar', { minutes: '1' }))).toBe('no-rate-for-meter');
  });

  it('skips lots that were allocated later or have ended by the action’s time', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3)).sign();
    account.grant('100', 'trial', '2026-06-16');
    account.now += DAY;
    account.buy('100');
    const [trial, bought] = account.state.lots;
    account.now += DAY - 12 * 3_600_000 - 1;
    expect(legsOf(account.book(account.use('captions', { minutes: '1' })))).toEqual([[trial?.lotId, '3.000000000']]);
    account.now += 1;
    expect(legsOf(account.book(account.use('captions', { minutes: '1' })))).toEqual([[bought?.lotId, '3.000000000']]);
    const back = account.book(account.use('captions', { minutes: '40' }, { mode: 'record', occurredAt: NOON + 1 }));
    // The trial lot lapsed at its end, and the bought one was not there yet.
    expect(legsOf(back)).toEqual([]);
    expect(back.unfunded?.toFixed()).toBe('120');
  });

  it('caps the quantity of one action where the order form says so', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3)).sign({
      features: [{ feature: 'captions', mode: 'credits', maxQuantity: { minutes: '10' } }],
    });
    account.buy('1000');
    expect(account.refused(account.use('captions', { minutes: '10.000000001' }))).toBe('quantity-too-large');
    expect(account.refused(account.use('captions', { minutes: '10' }))).toBeNull();
  });

  it('meters subscription and trial use without a credit, also where no card rates it (P1)', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3)).sign({
      features: [{ feature: 'captions', mode: 'trial' }, { feature: 'search', mode: 'subscription' }],
    });
    const trial = account.book(account.use('captions', { minutes: '2' }));
    expect(JSON.parse(trial.detail)).toEqual({ billing: 'trial', mode: 'authorize', usage: { minutes: '2' }, wouldCost: '6.000000000' });
    const unrated = account.book(account.use('search', { queries: '2' }));
    expect(JSON.parse(unrated.detail)).toEqual({ billing: 'subscription', mode: 'authorize', usage: { queries: '2' } });
    expect([...trial.postings, ...unrated.postings]).toEqual([]);
  });

  it('lets pass what lacks nothing: a rest that is free at today’s rates', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3, rateVersion(2, { captions: { minutes: '0' } }))).sign();
    account.buy('5');
    account.sign({ rateVersion: '2' });
    const entry = account.book(account.use('captions', { minutes: '2' }));
    expect(formatCredits(entry.credits)).toBe('5.000000000');
    expect(JSON.parse(entry.detail)).toMatchObject({ freeShare: `0.1${'6'.repeat(38)}7` });
    expect(entry.unfunded).toBeNull();
  });

  it('judges by the moment of recording where the clock was set back', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3)).sign();
    account.buy('100');
    account.now -= 60_000;
    const entry = account.book(account.use('captions', { minutes: '1' }));
    expect(formatCredits(entry.credits)).toBe('3.000000000');
    expect(entry.recordedAt).toBe(NOON);
    expect(entry.occurredAt).toBe(NOON);
  });

  it('admits usage from the Term’s first instant on, up to five minutes ahead', () => {
    const account = new DomainAccount(rateBook(CAPTIONS_3)).sign();
    account.buy('100');
    const at = (occurredAt: number): string | null => account.refused(account.use('captions', { minutes: '1' }, { occurredAt }));
    expect(at(account.now + 300_000)).toBeNull();
    expect(at(account.now + 300_001)).toBe('occurred-at-out-of-range');
    expect(at(Date.parse('2026-01-01T00:00:00Z'))).toBeNull();
    expect(at(Date.parse('2026-01-01T00:00:00Z') - 1)).toBe('occurred-at-out-of-range');
    account.now = Date.parse('2028-01-01T00:00:00Z');
    expect(account.refused(account.use('captions', { minutes: '1' }))).toBe('term-ended');
  });
});
