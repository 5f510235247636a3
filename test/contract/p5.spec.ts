import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdsAnswer } from '../../src/http/schemas/holding.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok, problem } from '../support/service.js';
import { Story } from '../support/story.js';

/**
 * AI Addendum, PAYMENTS, fifth bullet (P5):
 *
 * "If Licensee’s Credit balance is insufficient to complete requested action, the Kaltura AI Offering may be suspended or
 * limited until additional Credits are purchased. Kaltura will not be liable for any interruption, limitation, or
 * degradation of the Kaltura AI Offering resulting from insufficient Credits. Licensee may configure automatic Credit
 * replenishment or purchase alerts through the Account."
 */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const captions = { captions: { minutes: '3' } };
const images = { images: { images: '1' } };

/** Every change of status of an account, as its entries tell it. */
async function changesOfStatus(licensee: Customer): Promise<string[]> {
  const rows = await story.service.database.query<{ to: string }[]>(
    "SELECT detail::json->>'to' AS to FROM entry WHERE account_id = $1 AND type = 'status' ORDER BY seq",
    [licensee.accountId],
  );
  return rows.map(({ to }) => to);
}

describe('P5: "insufficient to complete requested action"', () => {
  it('refuses what the balance does not cover, takes nothing, and says what is missing and what could be done with it', async () => {
    const licensee = await story.market.customer(captions, ['10']);
    expect(problem(await licensee.debit('captions', { minutes: '4' }))).toMatchObject({
      status: 402,
      code: 'insufficient-credits',
      data: { required: '12.000000000', available: '10.000000000', shortfall: '2.000000000', affordable: { minutes: '3.333333333' } },
    });
    expect(await licensee.balance()).toBe('10.000000000');
  });

  it('admits exactly 437 of 500 debits of one credit each that come at the same time on a balance of 437, and suspends once', async () => {
    const licensee = await story.market.customer(images, ['437']);
    const answers = await Promise.all(Array.from({ length: 500 }, () => licensee.debit('images', { images: '1' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(437);
    expect(await licensee.balance()).toBe('0.000000000');
    expect(await changesOfStatus(licensee)).toEqual(['suspended']);
    const refused = answers.filter(({ status }) => status !== 201).map(codeOf);
    expect(refused).toHaveLength(63);
    expect(refused.filter((code) => code !== 'account-suspended' && code !== 'insufficient-credits')).toEqual([]);
  });

  it('grants exactly six of twenty holds of 75 that come at the same time on a balance of 500', async () => {
    const licensee = await story.market.customer(captions, ['500']);
    const holds = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => story.tryHolding(licensee, `work-${String(nth)}`, { feature: 'captions', credits: '75' })),
    );
    expect(holds.filter(({ status }) => status === 201)).toHaveLength(6);
    expect(holds.filter(({ status }) => status !== 201).map(codeOf)).toEqual(Array.from({ length: 14 }, () => 'insufficient-credits'));
    expect(await licensee.balance()).toBe('50.000000000');
    const open = ok(await story.service.get(`${licensee.url}/holds?state=open`, licensee.backend), holdsAnswer).items;
    expect(open).toHaveLength(6);
    // Only running work has the credits: that limits nobody.
    expect((await story.access(licensee, 'captions')).status).toBe('active');
    for (const { holdId } of open) await story.capture(licensee, holdId, { minutes: '25' });
    expect(await licensee.balance()).toBe('50.000000000');
  });
});

describe('P5: "may be suspended or limited until additional Credits are purchased"', () => {
  it('limits with the first refusal, lets pass what is still covered, and ends it with the next purchase', async () => {
    const licensee = await story.market.customer(captions, ['10']);
    for (let attempt = 0; attempt < 3; attempt += 1) await licensee.debit('captions', { minutes: '4' });
    expect(await story.access(licensee, 'captions')).toMatchObject({ status: 'limited', reasons: ['credits-limited'] });
    expect(await changesOfStatus(licensee)).toEqual(['limited']);
    await story.use(licensee, 'captions', { minutes: '2' });
    await licensee.buy('10');
    expect(await story.access(licensee, 'captions')).toMatchObject({ allowed: true, status: 'active', reasons: [] });
    expect(await changesOfStatus(licensee)).toEqual(['limited', 'active']);
  });

  it('suspends with the very entry that uses up the balance, refuses what costs credits, and resumes with the next allocation', async () => {
    const licensee = await story.market.customer(captions, ['6']);
    await story.use(licensee, 'captions', { minutes: '2' });
    expect(await story.access(licensee, 'captions')).toMatchObject({ allowed: false, refusal: 'account-suspended', status: 'suspended' });
    expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toBe('account-suspended');
    expect((await story.use(licensee, 'captions', { minutes: '0' })).credits).toBe('0.000000000');
    // To have placed a purchase is not enough: it resumes when the credits are there (P3).
    const { purchase } = await licensee.place('9');
    expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toBe('account-suspended');
    await licensee.pay(purchase.purchaseId, purchase.price);
    await story.use(licensee, 'captions', { minutes: '1' });
    expect(await changesOfStatus(licensee)).toEqual(['suspended', 'active']);
  });

  it('suspends at the balance that the order form names, with credits left', async () => {
    const licensee = await story.market.customer(captions, ['30'], { suspendAtBalance: '12' });
    await story.use(licensee, 'captions', { minutes: '5' });
    expect((await story.access(licensee, 'captions')).status).toBe('active');
    await story.use(licensee, 'captions', { minutes: '1' });
    expect(problem(await licensee.debit('captions', { minutes: '1' }))).toMatchObject({
      code: 'account-suspended',
      data: { balance: '12.000000000', suspendAtBalance: '12.000000000' },
    });
  });

  it('suspends with a refusal where the order form asks for that', async () => {
    const licensee = await story.market.customer(captions, ['10'], { suspendOnRefusal: true });
    await licensee.debit('captions', { minutes: '4' });
    expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toBe('account-suspended');
  });

  it('goes on with other ways of billing, and with work whose hold was granted', async () => {
    const cardId = await story.market.card({ ...captions, avatars: { minutes: '9' } });
    const licensee = await story.market.account();
    await licensee.sign(cardId, [], { features: [{ feature: 'captions', mode: 'credits' }, { feature: 'avatars', mode: 'subscription' }] });
    await licensee.buy('12');
    await story.hold(licensee, 'running', { feature: 'captions', credits: '6' });
    await story.use(licensee, 'captions', { minutes: '2' });
    await story.capture(licensee, 'running', { minutes: '1' }, false);
    expect((await story.capture(licensee, 'running', { minutes: '1' })).credits).toBe('3.000000000');
    expect((await story.access(licensee, 'captions')).status).toBe('suspended');
    expect((await story.use(licensee, 'avatars', { minutes: '60' })).credits).toBe('0.000000000');
  });

  it('changes nothing for having been asked: a quote writes nothing', async () => {
    const licensee = await story.market.customer(captions, ['10']);
    const before = await story.entries(licensee);
    const quote = { feature: 'captions', usage: { minutes: '100' } };
    expect(codeOf(await story.service.post(`${licensee.url}/debits/quote`, quote, licensee.backend))).toBe('insufficient-credits');
    expect(codeOf(await story.service.post(`${licensee.url}/holds/quote`, { holdId: 'large', ...quote }, licensee.backend))).toBe('insufficient-credits');
    expect(await story.entries(licensee)).toEqual(before);
    expect((await story.access(licensee, 'captions')).status).toBe('active');
  });
});
