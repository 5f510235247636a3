import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bookedAnswer, bulkAnswer, grantedAnswer } from '../../src/http/schemas/answers.js';
import { actAnswer } from '../../src/http/schemas/correcting.js';
import { codeOf, ok, problem, type Answer } from '../support/service.js';
import { Story } from '../support/story.js';

/**
 * AI Addendum, PAYMENTS, seventh bullet (P7):
 *
 * "Credits have no cash value and cannot be exchanged for cash or any other form of consideration. Credits are
 * non-transferable and may only be used by Licensee under the Account from which it was purchased. Credits may not be sold,
 * transferred, assigned, or shared with any third party without prior written consent."
 */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const captions = { captions: { minutes: '3' } };

describe('P7: "may only be used by Licensee under the Account from which it was purchased"', () => {
  it('does not let one account use the credits of another, also where both are the same licensee’s', async () => {
    const cardId = await story.market.card(captions);
    const [rich, poor] = [await story.market.account(), await story.market.account()];
    for (const licensee of [rich, poor]) await licensee.sign(cardId, ['captions']);
    await rich.buy('1000');
    await poor.buy('3');
    expect(problem(await poor.debit('captions', { minutes: '2' }))).toMatchObject({
      code: 'insufficient-credits',
      data: { available: '3.000000000', shortfall: '3.000000000' },
    });
    await story.use(poor, 'captions', { minutes: '1' });
    expect(codeOf(await poor.debit('captions', { minutes: '1' }))).toBe('account-suspended');
    expect(await rich.balance()).toBe('1000.000000000');
  });

  it('does not let a key of one account debit, hold, capture or read in another', async () => {
    const [mine, theirs] = [await story.market.customer(captions, ['100']), await story.market.customer(captions, ['100'])];
    await story.hold(theirs, 'work', { feature: 'captions', credits: '9' });
    const debit = { feature: 'captions', usage: { minutes: '1' } };
    const attempts = [
      await story.service.post(`${theirs.url}/debits`, debit, mine.backend),
      await story.service.post(`${theirs.url}/debits/quote`, debit, mine.backend),
      await story.service.post(`${theirs.url}/holds`, { holdId: 'mine', feature: 'captions', credits: '9' }, mine.backend),
      await story.service.post(`${theirs.url}/holds/work/captures`, { usage: { minutes: '3' } }, mine.backend),
      await story.service.post(`${theirs.url}/holds/work/release`, {}, mine.backend),
      await story.service.get(`${theirs.url}/balance`, mine.admin),
    ];
    expect(attempts.map(codeOf)).toEqual(attempts.map(() => 'account-not-found'));
    expect(await theirs.balance()).toBe('91.000000000');
  });

  it('debits each account of a platform’s bulk from its own lots, and refuses the one that has none left', async () => {
    const [rich, poor] = [await story.market.customer(captions, ['100']), await story.market.customer(captions, ['1'])];
    const platform = await story.service.key(['usage:write']);
    const items = [poor, rich, poor].map(({ accountId }, nth) => ({ accountId, idempotencyKey: `bulk-${String(nth)}`, feature: 'captions', usage: { minutes: '1' } }));
    const { items: verdicts } = ok(await story.service.post('/v1/debits', { items }, { secret: platform, idempotencyKey: null }), bulkAnswer);
    expect(verdicts.map(({ status }) => status)).toEqual([402, 201, 402]);
    expect([await rich.balance(), await poor.balance()]).toEqual(['97.000000000', '1.000000000']);
  });

  it('keeps the holds of an account, and what they give back, in that account', async () => {
    const [one, other] = [await story.market.customer(captions, ['100']), await story.market.customer(captions, ['100'])];
    for (const licensee of [one, other]) await story.hold(licensee, 'same-name', { feature: 'captions', credits: '60' });
    await story.capture(one, 'same-name', { minutes: '5' });
    expect([await one.balance(), await other.balance()]).toEqual(['85.000000000', '40.000000000']);
    expect((await story.holdNow(other, 'same-name')).state).toBe('open');
  });
});

describe('P7: "non-transferable ... without prior written consent"', () => {
  const consent = { reference: 'letter of consent', sha256: 'c'.repeat(64) };

  it('refuses a transfer without a consent, and with one that is not older than the transfer', async () => {
    const [from, to] = [await story.market.customer(captions, ['100']), await story.market.customer(captions, ['1'])];
    const [lot] = await story.lots(from);
    const address = `${from.url}/lots/${String(lot?.lotId)}/transfer`;
    const asked = (body: object, secret = story.market.operator): Promise<Answer> => story.service.post(address, { toAccountId: to.accountId, ...body }, secret);
    expect(problem(await asked({}))).toMatchObject({ code: 'non-transferable', status: 422 });
    expect(codeOf(await asked({ consent: { ...consent, date: await story.day() } }))).toBe('non-transferable');
    for (const secret of [from.admin, to.admin, story.market.finance]) {
      expect(codeOf(await asked({ consent: { ...consent, date: await story.day(-1) } }, secret))).toBe('forbidden');
    }
    expect([await from.balance(), await to.balance()]).toEqual(['100.000000000', '1.000000000']);
  });

  it('moves credits with prior written consent and two operators, at the rates and price that they were bought at', async () => {
    const [from, to] = [await story.market.customer(captions, ['100']), await story.market.customer({ captions: { minutes: '5' } }, ['1'])];
    const [lot] = await story.lots(from);
    const body = { toAccountId: to.accountId, credits: '40', consent: { ...consent, date: await story.day(-1) } };
    const { actId } = ok(await story.service.post(`${from.url}/lots/${String(lot?.lotId)}/transfer`, body, story.market.operator), actAnswer);
    expect(codeOf(await story.service.post(`/v1/acts/${actId}/confirmation`, undefined, story.market.operator))).toBe('second-operator-required');
    ok(await story.service.post(`/v1/acts/${actId}/confirmation`, undefined, await story.service.key(['operator'])), bookedAnswer);
    expect([await from.balance(), await to.balance()]).toEqual(['60.000000000', '41.000000000']);
    expect((await story.lots(to)).at(-1)).toMatchObject({ rateVersion: lot?.rateVersion, unitPrice: lot?.unitPrice, source: { accountId: from.accountId, lotId: lot?.lotId } });
  });
});

describe('P7: "Credits have no cash value and cannot be exchanged for cash"', () => {
  it('gives no money for granted credits, with whatever ground', async () => {
    const licensee = await story.market.customer(captions, []);
    const grant = { kind: 'promotional', credits: '50', reason: 'welcome' };
    const { lotId } = ok(await story.service.post(`${licensee.url}/grants`, grant, story.market.operator), grantedAnswer);
    const refund = {
      ground: { kind: 'agreement', clause: '9.2' },
      outgoingPayment: { reference: 'transfer-1', amount: '5.00', currency: 'EUR' },
      creditNote: 'CN-2',
    };
    expect(codeOf(await story.service.post(`${licensee.url}/lots/${String(lotId)}/refund`, refund, story.market.operator))).toBe('lot-not-refundable');
    expect(await licensee.balance()).toBe('50.000000000');
  });
});
