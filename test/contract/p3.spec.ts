import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { balanceAsOfAnswer, bookedAnswer, entriesAnswer, lotsAnswer, paidAnswer } from '../../src/http/schemas/answers.js';
import { recordedReversalAnswer, reversalAnswer } from '../../src/http/schemas/money.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok } from '../support/service.js';
import { Story, plusDays } from '../support/story.js';

/**
 * AI Addendum, PAYMENTS, third bullet (P3):
 *
 * "Credits will be allocated to Licensee upon receipt of payment. Licensee may monitor Credit usage and balance through the
 * Account. Licensee shall maintain up-to-date contact information to receive notifications regarding Credit usage. Payments
 * shall be made by the method specified in the Order Form or as otherwise agreed by the parties."
 */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const captions = { captions: { minutes: '3' } };

describe('P3: "Credits will be allocated to Licensee upon receipt of payment"', () => {
  it('gives no credits for a purchase that was placed and not paid, and nothing can be used on its account', async () => {
    const licensee = await story.market.customer(captions, []);
    const { purchase } = await licensee.place('100');
    expect(await story.purchase(licensee, purchase.purchaseId)).toMatchObject({ state: 'awaiting_payment', paid: '0.00', owed: '10.00' });
    expect(await story.lots(licensee)).toEqual([]);
    expect(await licensee.balance()).toBe('0.000000000');
    expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toBe('insufficient-credits');
  });

  it('gives none for a part of the price, and all of them with the payment that completes it', async () => {
    const licensee = await story.market.customer(captions, []);
    const { purchase } = await licensee.place('100');
    const part = ok(await licensee.pay(purchase.purchaseId, '9.99'), paidAnswer);
    expect(part).toMatchObject({ payment: { owed: '0.01', allocated: false }, lotId: null });
    expect(await licensee.balance()).toBe('0.000000000');
    const rest = ok(await licensee.pay(purchase.purchaseId, '0.01'), paidAnswer);
    expect(rest.payment).toMatchObject({ owed: '0.00', allocated: true });
    expect(await licensee.balance()).toBe('100.000000000');
    expect(await story.purchase(licensee, purchase.purchaseId)).toMatchObject({ state: 'allocated', paid: '10.00', owed: '0.00' });
  });

  it('allocates once, however often, and from however many sides at once, a payment is reported', async () => {
    const licensee = await story.market.customer(captions, []);
    const { purchase } = await licensee.place('100');
    const providerPaymentId = randomUUID();
    const reports = await Promise.all(Array.from({ length: 20 }, () => licensee.pay(purchase.purchaseId, '10', { providerPaymentId })));
    expect(new Set(reports.map((answer) => ok(answer, paidAnswer).lotId)).size).toBe(1);
    expect(await licensee.balance()).toBe('100.000000000');
    expect((await story.entries(licensee)).filter(({ type }) => type === 'allocation')).toHaveLength(1);
    expect((await story.purchase(licensee, purchase.purchaseId)).payments).toHaveLength(1);
  });

  it('takes the word of finance for a payment, and of nobody else', async () => {
    const licensee = await story.market.customer(captions, []);
    const { purchase } = await licensee.place('100');
    for (const secret of [licensee.admin, licensee.backend, story.market.operator]) {
      expect(codeOf(await licensee.pay(purchase.purchaseId, '10', {}, { secret }))).toBe('forbidden');
    }
    expect(await licensee.balance()).toBe('0.000000000');
  });

  it('lets a purchase lapse for which nothing was received in time; it can then no longer be paid by mistake', async () => {
    const licensee = await story.market.customer(captions, [], { paymentDueDays: '10' });
    const { purchase } = await licensee.place('100');
    const lastDay = purchase.paymentDueAt.slice(0, 10);
    await story.advanceTo(`${plusDays(lastDay, -1)}T23:59:00Z`);
    expect((await story.purchase(licensee, purchase.purchaseId)).state).toBe('awaiting_payment');
    await story.advanceTo(`${lastDay}T00:00:00Z`);
    expect((await story.purchase(licensee, purchase.purchaseId)).state).toBe('lapsed');
    expect(await licensee.balance()).toBe('0.000000000');
  });

  it('keeps what a signed order form contains owed when it is overdue, and still allocates it on payment', async () => {
    const licensee = await story.market.account();
    const { purchases } = await licensee.sign(await story.market.card(captions), ['captions'], { paymentDueDays: '10', purchases: [{ credits: '100' }] });
    const purchaseId = purchases[0]?.purchaseId ?? '';
    expect(await licensee.balance()).toBe('0.000000000');
    await story.advanceDays(12);
    expect(await story.purchase(licensee, purchaseId)).toMatchObject({ state: 'overdue', owed: '10.00' });
    expect(await licensee.balance()).toBe('0.000000000');
    ok(await licensee.pay(purchaseId, '10'), paidAnswer);
    expect(await licensee.balance()).toBe('100.000000000');
  });
});

describe('P3: what was received, and is taken back by the bank', () => {
  const reverse = (providerPaymentId: string, amount: string): ReturnType<Story['service']['post']> => {
    const reversal = { provider: 'bank', providerPaymentId, reversalId: randomUUID(), amount, currency: 'EUR', reason: 'chargeback' };
    return story.service.post('/v1/payments/reversals', reversal, story.market.finance);
  };
  const toLot = (licensee: Customer, lotId: number, act: string, reason: string): ReturnType<Story['service']['post']> =>
    story.service.post(`${licensee.url}/lots/${String(lotId)}/${act}`, { reason, reference: 'case 7' }, story.market.finance);

  it('freezes, of a purchase that two payments paid, what the reversed one had bought, and not a credit of the other', async () => {
    const licensee = await story.market.customer(captions, []);
    const { purchase } = await licensee.place('100');
    const [sound, bounced] = [randomUUID(), randomUUID()];
    await licensee.pay(purchase.purchaseId, '6', { providerPaymentId: sound });
    const { lotId } = ok(await licensee.pay(purchase.purchaseId, '4', { providerPaymentId: bounced }), paidAnswer);
    const { reversal } = ok(await reverse(bounced, '4'), reversalAnswer);
    expect(reversal).toMatchObject({ ofPrice: '4.00', disputed: '40.000000000', allocated: true });
    expect((await story.lots(licensee))[0]).toMatchObject({ issued: '100.000000000', available: '60.000000000', frozen: '40.000000000', condition: 'frozen' });
    // The other sixty are the licensee's to use, and no more.
    await story.use(licensee, 'captions', { minutes: '20' });
    expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toMatch(/account-suspended|insufficient-credits/);

    // Finance decides. Here the dispute is won, and the forty come back.
    ok(await toLot(licensee, lotId ?? 0, 'release', 'the bank was wrong'), bookedAnswer);
    expect(await licensee.balance()).toBe('40.000000000');
    expect(ok(await reverse(bounced, '0.01'), recordedReversalAnswer).break.kind).toBe('reversal-unbooked');
    expect(await licensee.balance()).toBe('40.000000000');
  });

  it('freezes what is available, lets running work go on, and takes what it gives back towards what is owed', async () => {
    const licensee = await story.market.customer(captions, []);
    const { purchase } = await licensee.place('100');
    const providerPaymentId = randomUUID();
    const { lotId } = ok(await licensee.pay(purchase.purchaseId, '10', { providerPaymentId }), paidAnswer);
    await story.hold(licensee, 'running', { feature: 'captions', usage: { minutes: '30' } });
    ok(await reverse(providerPaymentId, '10'), reversalAnswer);
    expect((await story.lots(licensee))[0]).toMatchObject({ available: '0.000000000', held: '90.000000000', frozen: '10.000000000', freezeOwed: '90.000000000' });
    await story.capture(licensee, 'running', { minutes: '10' });
    expect((await story.lots(licensee))[0]).toMatchObject({ consumed: '30.000000000', held: '0.000000000', frozen: '70.000000000' });
    // Here it is lost: what was not used is withdrawn, and what was used stays used.
    ok(await toLot(licensee, lotId ?? 0, 'withdrawal', 'the money is gone'), bookedAnswer);
    expect((await story.lots(licensee))[0]).toMatchObject({ withdrawn: '70.000000000', frozen: '0.000000000', available: '0.000000000', consumed: '30.000000000' });
  });

  it('does not let what is disputed lapse with the Term', async () => {
    const licensee = await story.market.customer(captions, [], { termEnd: await story.day(10), rolloverGraceDays: '5' });
    const { purchase } = await licensee.place('100');
    const providerPaymentId = randomUUID();
    await licensee.pay(purchase.purchaseId, '10', { providerPaymentId });
    ok(await reverse(providerPaymentId, '2.50'), reversalAnswer);
    await story.advanceDays(20);
    expect((await story.lots(licensee))[0]).toMatchObject({ lapsed: '75.000000000', frozen: '25.000000000' });
  });

  it('is simply owed again where nothing was allocated for it yet', async () => {
    const licensee = await story.market.customer(captions, []);
    const { purchase } = await licensee.place('100');
    const providerPaymentId = randomUUID();
    await licensee.pay(purchase.purchaseId, '9', { providerPaymentId });
    ok(await reverse(providerPaymentId, '9'), reversalAnswer);
    expect(ok(await licensee.pay(purchase.purchaseId, '1'), paidAnswer).payment).toMatchObject({ allocated: false, owed: '9.00' });
    expect(await licensee.balance()).toBe('0.000000000');
  });
});

describe('P3: usage between the receipt of a payment and its allocation', () => {
  it('that went unfunded is the licensee’s to settle from the lot which that payment bought', async () => {
    const licensee = await story.market.customer(captions, []);
    const { purchase } = await licensee.place('100');
    const receivedAt = new Date(await story.now()).toISOString();
    await story.advanceDays(1);
    const usage = await story.use(licensee, 'captions', { minutes: '2' }, { mode: 'record' });
    expect(usage.unfunded).toBe('6.000000000');
    await story.advanceDays(1);
    const { lotId } = ok(await licensee.pay(purchase.purchaseId, '10', { receivedAt }), paidAnswer);
    expect(await licensee.balance()).toBe('100.000000000');
    const settlement = { lotId: String(lotId), credits: '6' };
    ok(await story.service.post(`${licensee.url}/unfunded-usage/${String(usage.seq)}/settlement`, settlement, licensee.admin), bookedAnswer);
    expect(await licensee.balance()).toBe('94.000000000');
  });
});

describe('P3: "Licensee may monitor Credit usage and balance through the Account"', () => {
  it('shows a licensee its balance, its lots and every use of them, with a key that can do nothing else', async () => {
    const licensee = await story.market.customer(captions, ['100']);
    await story.use(licensee, 'captions', { minutes: '2' });
    const reader = await story.service.key(['account:read'], licensee.accountId);
    const read = (path: string): ReturnType<Story['service']['get']> => story.service.get(`${licensee.url}/${path}`, reader);
    expect(ok(await read('balance'), balanceAsOfAnswer)).toMatchObject({ balance: '94.000000000', available: '94.000000000', held: '0.000000000' });
    expect(ok(await read('lots'), lotsAnswer).items).toMatchObject([{ issued: '100.000000000', consumed: '6.000000000', available: '94.000000000' }]);
    expect(ok(await read('entries'), entriesAnswer).items[0]).toMatchObject({ type: 'debit', feature: 'captions', credits: '6.000000000', detail: { usage: { minutes: '2' } } });
    expect(codeOf(await story.service.post(`${licensee.url}/debits`, { feature: 'captions', usage: { minutes: '1' } }, reader))).toBe('forbidden');
  });

  it('shows it to that licensee alone', async () => {
    const [licensee, other]: Customer[] = [await story.market.customer(captions, ['100']), await story.market.customer(captions, ['5'])];
    for (const path of ['balance', 'lots', 'entries', 'purchases', 'notices']) {
      expect(codeOf(await story.service.get(`${licensee?.url ?? ''}/${path}`, other?.admin))).toBe('account-not-found');
    }
  });
});
