import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { grantedAnswer, rateCardAnswer, rateVersionAnswer } from '../../src/http/schemas/answers.js';
import { codeOf, ok, problem } from '../support/service.js';
import { Story, legsOf, plusDays } from '../support/story.js';

/**
 * AI Addendum, PAYMENTS, first bullet (P1):
 *
 * "Any use of the Kaltura AI Offering will operate either under current or explicitly specified subscription fees, or as
 * free trial, or on a credit-based usage model, unless otherwise agreed in the applicable Order Form. Licensee shall
 * purchase Credits as specified in the applicable Order Form. Credits are consumed when Licensee or User use the Kaltura AI
 * Offering, and different types of interactions may consume different amounts of Credits. Specific Credit consumption rates
 * detailed in the applicable Order Form."
 */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const rates = { captions: { minutes: '3' }, avatars: { minutes: '20' } };

describe('P1: "either under current or explicitly specified subscription fees, or as free trial, or on a credit-based usage model"', () => {
  it('takes credits for a feature that was ordered on credits, and none for one ordered as a subscription or for trial', async () => {
    const cardId = await story.market.card({ ...rates, agents: { minutes: '7' } });
    const licensee = await story.market.account();
    const features = [
      { feature: 'captions', mode: 'credits' },
      { feature: 'avatars', mode: 'subscription' },
      { feature: 'agents', mode: 'trial' },
    ] as const;
    await licensee.sign(cardId, [], { features: [...features] });
    await licensee.buy('100');

    const used = [await story.use(licensee, 'captions', { minutes: '2' }), await story.use(licensee, 'avatars', { minutes: '2' }), await story.use(licensee, 'agents', { minutes: '2' })];

    expect(used.map(({ credits }) => credits)).toEqual(['6.000000000', '0.000000000', '0.000000000']);
    expect(await licensee.balance()).toBe('94.000000000');
    // All three were metered, and what the other two would have cost is on record.
    expect(used.map(({ detail }) => [detail['billing'], detail['usage'], detail['wouldCost']])).toEqual([
      ['credits', { minutes: '2' }, undefined],
      ['subscription', { minutes: '2' }, '40.000000000'],
      ['trial', { minutes: '2' }, '14.000000000'],
    ]);
  });

  it('lets a subscription and a trial go on without any credits', async () => {
    const cardId = await story.market.card(rates);
    const licensee = await story.market.account();
    await licensee.sign(cardId, [], { features: [{ feature: 'captions', mode: 'credits' }, { feature: 'avatars', mode: 'subscription' }] });
    expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toBe('insufficient-credits');
    expect(await story.use(licensee, 'avatars', { minutes: '500' })).toMatchObject({ credits: '0.000000000', postings: [] });
  });

  it('refuses a feature that is not in the order form, whether or not the rate card knows it', async () => {
    const cardId = await story.market.card(rates);
    const licensee = await story.market.account();
    await licensee.sign(cardId, ['captions']);
    await licensee.buy('100');
    for (const feature of ['avatars', 'dreams']) {
      expect(problem(await licensee.debit(feature, { minutes: '1' }))).toMatchObject({ code: 'feature-not-ordered', data: { feature } });
      expect(await story.access(licensee, feature)).toMatchObject({ allowed: false, refusal: 'feature-not-ordered' });
    }
    expect(await licensee.balance()).toBe('100.000000000');
  });

  it('refuses a meter that no rate is agreed for, instead of giving it for nothing', async () => {
    const licensee = await story.market.customer({ captions: { minutes: '3' } }, ['100']);
    expect(codeOf(await licensee.debit('captions', { minuets: '1' }))).toBe('no-rate-for-meter');
  });
});

describe('P1: "different types of interactions may consume different amounts of Credits"', () => {
  it('rates each type of interaction by its own meters', async () => {
    const licensee = await story.market.customer({ chat: { inputTokens: '0.00015', outputTokens: '0.0006' }, images: { images: '1.5' } }, ['100']);
    expect((await story.use(licensee, 'chat', { inputTokens: '1200', outputTokens: '350' })).credits).toBe('0.390000000');
    expect((await story.use(licensee, 'images', { images: '3' })).credits).toBe('4.500000000');
  });

  it('counts a minimum once for a streamed action, in however many parts it is captured', async () => {
    const cardId = `card-${await story.day()}`;
    ok(await story.service.post('/v1/rate-cards', { cardId, name: 'With a minimum' }, story.market.operator), rateCardAnswer);
    const content = {
      effectiveDate: '2020-01-01',
      features: [{ feature: 'agents', rates: [{ meter: 'seconds', unit: 'second', creditsPerUnit: '0.05', minimum: '45' }] }],
    };
    ok(await story.service.post(`/v1/rate-cards/${cardId}/versions`, content, story.market.operator), rateVersionAnswer);
    ok(await story.market.publish(cardId, 1), rateVersionAnswer);
    const licensee = await story.market.account();
    await licensee.sign(cardId, ['agents']);
    await licensee.buy('100');

    await story.hold(licensee, 'conversation', { feature: 'agents', credits: '10' });
    const parts: string[] = [];
    for (let second = 1; second <= 60; second += 1) {
      parts.push((await story.capture(licensee, 'conversation', { seconds: '1' }, second === 60)).credits);
    }
    // The first second pays the minimum of 45; the next 44 are part of it; each one after them pays for itself.
    expect(parts).toEqual([
      '2.250000000',
      ...Array.from({ length: 44 }, () => '0.000000000'),
      ...Array.from({ length: 15 }, () => '0.050000000'),
    ]);
    expect(await licensee.balance()).toBe('97.000000000');
  });
});

describe('P1: "Specific Credit consumption rates detailed in the applicable Order Form"', () => {
  it('rates two licensees of one card by the version that each one signed', async () => {
    const cardId = await story.market.card({ captions: { minutes: '3' } });
    await story.market.version(cardId, { captions: { minutes: '4' } }, await story.day(40));
    const first = await story.market.account();
    await first.sign(cardId, ['captions'], { rateVersion: '1' });
    await first.buy('100');
    const second = await story.market.account();
    await second.sign(cardId, ['captions'], { rateVersion: '2' });
    await second.buy('100');
    expect(legsOf(await story.use(first, 'captions', { minutes: '2' }))).toEqual([['1', '6.000000000']]);
    expect(legsOf(await story.use(second, 'captions', { minutes: '2' }))).toEqual([['2', '8.000000000']]);
  });

  it('holds an action to the largest quantity that the order form allows', async () => {
    const cardId = await story.market.card(rates);
    const licensee = await story.market.account();
    await licensee.sign(cardId, [], { features: [{ feature: 'captions', mode: 'credits', maxQuantity: { minutes: '60' } }] });
    await licensee.buy('1000');
    expect((await story.use(licensee, 'captions', { minutes: '60' })).credits).toBe('180.000000000');
    expect(codeOf(await licensee.debit('captions', { minutes: '60.1' }))).toBe('quantity-too-large');
  });
});

describe('P1: "as free trial": trial credits', () => {
  it('burn before bought ones, and end on their own day while bought ones stay', async () => {
    const licensee = await story.market.customer({ captions: { minutes: '3' } }, ['100']);
    const lastDay = await story.day(3);
    const grant = { kind: 'trial', credits: '50', validThrough: lastDay, reason: 'welcome' };
    ok(await story.service.post(`${licensee.url}/grants`, grant, story.market.operator), grantedAnswer);
    expect((await story.use(licensee, 'captions', { minutes: '2' })).postings).toHaveLength(1);
    await story.advanceTo(`${lastDay}T23:59:59Z`);
    expect(await licensee.balance()).toBe('144.000000000');
    await story.advanceTo(`${plusDays(lastDay, 1)}T00:00:00Z`);
    expect(await licensee.balance()).toBe('100.000000000');
    expect(await story.lots(licensee)).toMatchObject([
      { kind: 'purchase', available: '100.000000000' },
      { kind: 'trial', lapsed: '44.000000000', consumed: '6.000000000' },
    ]);
  });

  it('that end in the middle of a hold still pay for its work, and what the hold gives back has ended with them', async () => {
    const licensee = await story.market.customer({ captions: { minutes: '3' } }, ['100']);
    const lastDay = await story.day(3);
    const grant = { kind: 'trial', credits: '50', validThrough: lastDay, reason: 'welcome' };
    const { lotId } = ok(await story.service.post(`${licensee.url}/grants`, grant, story.market.operator), grantedAnswer);
    await story.advanceTo(`${lastDay}T23:30:00Z`);
    await story.hold(licensee, 'night', { feature: 'captions', usage: { minutes: '10' }, ttlSeconds: '7200' });
    await story.advanceTo(`${plusDays(lastDay, 1)}T00:30:00Z`);

    const captured = await story.capture(licensee, 'night', { minutes: '4' });

    expect(captured.postings.map(({ lotId: lot, from, to, credits }) => [lot === lotId, from, to, credits])).toEqual([
      [true, 'held', 'consumed', '12.000000000'],
      [true, 'held', 'lapsed', '18.000000000'],
    ]);
    expect(await licensee.balance()).toBe('100.000000000');
  });
});
