import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { bookedAnswer, placedAnswer } from '../../src/http/schemas/answers.js';
import { actAnswer } from '../../src/http/schemas/correcting.js';
import { priceAnswer, purchaseQuoteAnswer } from '../../src/http/schemas/money.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok, problem } from '../support/service.js';
import { Story, legsOf, plusDays } from '../support/story.js';

/**
 * AI Addendum, PAYMENTS, fourth bullet (P4):
 *
 * "Except as expressly provided in the Agreement or as required by applicable law, all Credit purchases are final and
 * non-refundable, non-cancellable, regardless of whether the Kaltura AI Offering was used. Notwithstanding the above,
 * Credits can be rolled over (in case of a Term execution) and are valid at all timed during the Term. Licensee may purchase
 * additional Credits at any time during the Term at the then-current rates specified by Kaltura or as set forth in the
 * respective Order Form."
 */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const captions = { captions: { minutes: '3' } };
const SECOND = 1_000;

interface Signed {
  readonly licensee: Customer;
  readonly cardId: string;
}

/** A licensee with 100 credits, whose Term ends on a day of its own calendar. */
async function withTermTo(termEnd: string, timeZone = 'UTC', more: object = {}): Promise<Signed> {
  const cardId = await story.market.card(captions);
  const licensee = await story.market.account();
  await licensee.sign(cardId, ['captions'], { termEnd, timeZone, ...more });
  await licensee.buy('100');
  return { licensee, cardId };
}

describe('P4: "all Credit purchases are final and non-refundable, non-cancellable"', () => {
  it('knows no way to cancel a purchase, paid or not, for the licensee, finance or an operator', async () => {
    const licensee = await story.market.customer(captions, ['100']);
    const { purchase } = await licensee.place('50');
    const [paid] = (await story.purchases(licensee)).filter(({ state }) => state === 'allocated');
    for (const purchaseId of [purchase.purchaseId, paid?.purchaseId ?? '']) {
      for (const secret of [licensee.admin, story.market.finance, story.market.operator]) {
        const address = `${licensee.url}/purchases/${purchaseId}`;
        for (const method of ['DELETE', 'PUT'] as const) expect((await story.service.send(method, address, {}, { secret })).status).toBeGreaterThanOrEqual(400);
        for (const act of ['cancel', 'cancellation']) expect((await story.service.post(`${address}/${act}`, {}, secret)).status).toBe(404);
      }
    }
    expect((await story.purchases(licensee)).map(({ state }) => state).sort()).toEqual(['allocated', 'awaiting_payment']);
    expect(await licensee.balance()).toBe('100.000000000');
  });
});

describe('P4: "Except as expressly provided in the Agreement or as required by applicable law"', () => {
  const papers = { outgoingPayment: { reference: 'out-1', amount: '7.00', currency: 'EUR' }, creditNote: 'CN-1' };

  it('refuses every refund that names no ground, whoever asks for it and whether the credits were used or not', async () => {
    const licensee = await story.market.customer(captions, ['100']);
    const [lot] = await story.lots(licensee);
    const address = `${licensee.url}/lots/${String(lot?.lotId)}/refund`;
    expect(problem(await story.service.post(address, papers, story.market.operator))).toMatchObject({ code: 'purchase-final', status: 422 });
    for (const secret of [licensee.admin, licensee.backend, story.market.finance]) {
      expect(codeOf(await story.service.post(address, { ...papers, ground: { kind: 'law', reference: 'a law' } }, secret))).toBe('forbidden');
    }
    expect(await licensee.balance()).toBe('100.000000000');
  });

  it('pays back what is left on a ground in the Agreement or in law, when a second operator confirms it, and keeps the papers', async () => {
    const licensee = await story.market.customer(captions, ['100']);
    await story.use(licensee, 'captions', { minutes: '10' });
    const [lot] = await story.lots(licensee);
    const asked = await story.service.post(
      `${licensee.url}/lots/${String(lot?.lotId)}/refund`,
      { ...papers, ground: { kind: 'agreement', clause: '9.2' } },
      story.market.operator,
    );
    expect(asked.status).toBe(202);
    const { actId } = ok(asked, actAnswer);
    const confirmation = `/v1/acts/${actId}/confirmation`;
    expect(codeOf(await story.service.post(confirmation, undefined, story.market.operator))).toBe('second-operator-required');
    expect(await licensee.balance()).toBe('70.000000000');
    const { entry } = ok(await story.service.post(confirmation, undefined, await story.service.key(['operator'])), bookedAnswer);
    expect(entry).toMatchObject({ type: 'refund', credits: '70.000000000', detail: { ...papers, ground: { kind: 'agreement', clause: '9.2' } } });
    expect(await licensee.balance()).toBe('0.000000000');
  });

  it('takes nothing that was bought by an adjustment', async () => {
    const licensee = await story.market.customer(captions, ['100']);
    const [lot] = await story.lots(licensee);
    const body = { credits: '1', takeFromLot: String(lot?.lotId), reason: 'mistake' };
    expect(codeOf(await story.service.post(`${licensee.url}/adjustments`, body, story.market.operator))).toBe('purchase-final');
  });
});

describe('P4: "are valid at all timed during the Term"', () => {
  it('lets credits be used to the last moment of the Term, years after they were bought', async () => {
    const { licensee } = await withTermTo(await story.day(1_500));
    await story.advanceDays(1_490);
    expect(await licensee.balance()).toBe('100.000000000');
    expect((await story.use(licensee, 'captions', { minutes: '1' })).credits).toBe('3.000000000');
  });

  it('counts a Term that ends on 29 February to the end of that day, in the licensee’s zone', async () => {
    const year = Number((await story.day()).slice(0, 4)) + 1;
    const leapDay = `${String(year + ((4 - (year % 4)) % 4))}-02-29`;
    const { licensee } = await withTermTo(leapDay, 'Pacific/Kiritimati');
    const end = `${leapDay}T23:59:59+14:00`;
    await story.advanceTo(end);
    ok(await licensee.debit('captions', { minutes: '1' }), bookedAnswer);
    await story.advanceTo(end, SECOND);
    expect(problem(await licensee.debit('captions', { minutes: '1' }))).toMatchObject({
      code: 'term-ended',
      data: { endedAt: `${leapDay}T10:00:00.000Z` },
    });
    expect(await licensee.balance()).toBe('97.000000000');
  });

  it.each([
    ['begins', '03', '+02:00'], // 23 hours long: it begins at 23:00 UTC and ends at 22:00 UTC
    ['ends', '10', '+01:00'], // 25 hours long
  ])('counts a Term that ends on the day on which summer time %s to midnight of the new time', async (_what, month, offset) => {
    const changes = lastSunday(Number((await story.day()).slice(0, 4)) + 1, month);
    const { licensee } = await withTermTo(changes, 'Europe/Berlin');
    await story.advanceTo(`${changes}T23:59:59${offset}`);
    ok(await licensee.debit('captions', { minutes: '1' }), bookedAnswer);
    await story.advanceTo(`${plusDays(changes, 1)}T00:00:00${offset}`);
    expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toBe('term-ended');
    expect(await story.access(licensee, 'captions')).toMatchObject({ allowed: false, refusal: 'term-ended', status: 'term_ended' });
  });

  it('does not cut off work that was admitted before the Term ended', async () => {
    const lastDay = await story.day(3);
    const { licensee } = await withTermTo(lastDay);
    await story.advanceTo(`${lastDay}T23:59:50Z`);
    await story.hold(licensee, 'night', { feature: 'captions', usage: { minutes: '10' } });
    await story.advanceTo(`${plusDays(lastDay, 1)}T00:10:00Z`);
    expect(codeOf(await story.tryHolding(licensee, 'another', { feature: 'captions', credits: '1' }))).toBe('term-ended');
    expect((await story.capture(licensee, 'night', { minutes: '4' })).credits).toBe('12.000000000');
    expect(await licensee.balance()).toBe('88.000000000');
  });
});

describe('P4: "Credits can be rolled over (in case of a Term execution)"', () => {
  it('rolls over everything, lots, rates and order unchanged, with an extension signed in the last second of the grace', async () => {
    const lastDay = await story.day(3);
    const { licensee, cardId } = await withTermTo(lastDay, 'UTC', { rolloverGraceDays: '30' });
    const before = await story.lots(licensee);
    const graceEnds = `${plusDays(lastDay, 30)}T23:59:59Z`;
    await story.advanceTo(graceEnds);
    expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toBe('term-ended');

    await licensee.sign(cardId, ['captions'], { termStart: plusDays(lastDay, 1), termEnd: plusDays(lastDay, 400) });

    expect((await story.entries(licensee)).map(({ type }) => type)).toContain('rollover');
    expect(await story.lots(licensee)).toEqual(before);
    await story.advanceTo(graceEnds, SECOND);
    expect(await licensee.balance()).toBe('100.000000000');
    expect(legsOf(await story.use(licensee, 'captions', { minutes: '2' }))).toEqual([['1', '6.000000000']]);
  });

  it('comes too late one second later: what was left has lapsed, and a new Term does not bring it back', async () => {
    const lastDay = await story.day(3);
    const { licensee, cardId } = await withTermTo(lastDay, 'UTC', { rolloverGraceDays: '30' });
    await story.advanceTo(`${plusDays(lastDay, 31)}T00:00:00Z`);
    await licensee.sign(cardId, ['captions'], { termStart: plusDays(lastDay, 1), termEnd: plusDays(lastDay, 400) });
    expect(await story.lots(licensee)).toMatchObject([{ available: '0.000000000', lapsed: '100.000000000' }]);
    expect((await story.entries(licensee)).map(({ type }) => type)).toEqual(expect.not.arrayContaining(['rollover', 'reinstatement']));
    await licensee.buy('9');
    expect(await licensee.balance()).toBe('9.000000000');
  });

  it('takes back a lapse when an extension was signed in time and only recorded late', async () => {
    const lastDay = await story.day(3);
    const { licensee, cardId } = await withTermTo(lastDay, 'UTC', { rolloverGraceDays: '30' });
    await story.advanceTo(`${plusDays(lastDay, 40)}T12:00:00Z`);
    expect(await licensee.balance()).toBe('0.000000000');
    await licensee.sign(cardId, ['captions'], { signedOn: plusDays(lastDay, 20), termStart: plusDays(lastDay, 1), termEnd: plusDays(lastDay, 400) });
    expect((await story.entries(licensee)).find(({ type }) => type === 'reinstatement')).toMatchObject({ credits: '100.000000000' });
    expect(legsOf(await story.use(licensee, 'captions', { minutes: '2' }))).toEqual([['1', '6.000000000']]);
  });

  it('lapses the work that a hold gives back after the grace, and not before it ends', async () => {
    const lastDay = await story.day(3);
    const { licensee } = await withTermTo(lastDay, 'UTC', { rolloverGraceDays: '0' });
    await story.advanceTo(`${lastDay}T23:59:00Z`);
    await story.hold(licensee, 'night', { feature: 'captions', credits: '60' });
    await story.advanceTo(`${plusDays(lastDay, 1)}T00:10:00Z`);
    expect(await story.lots(licensee)).toMatchObject([{ available: '0.000000000', held: '60.000000000', lapsed: '40.000000000' }]);
    await story.capture(licensee, 'night', { minutes: '10' });
    expect(await story.lots(licensee)).toMatchObject([{ held: '0.000000000', consumed: '30.000000000', lapsed: '70.000000000' }]);
  });
});

describe('P4: "at any time during the Term at the then-current rates specified by Kaltura or as set forth in the respective Order Form"', () => {
  it('sells more on the first and on the last day of the Term, and none before or after it', async () => {
    const [first, last] = [await story.day(5), await story.day(9)];
    const licensee = await story.market.account();
    await licensee.sign(await story.market.card(captions), ['captions'], { termStart: first, termEnd: last });
    const buying = (): ReturnType<Customer['debit']> => story.service.post(`${licensee.url}/purchases`, { credits: '10' }, licensee.admin);
    expect(codeOf(await buying())).toBe('term-ended');
    await story.advanceTo(`${first}T00:00:00Z`);
    expect((await buying()).status).toBe(201);
    await story.advanceTo(`${last}T23:59:59Z`);
    expect((await buying()).status).toBe(201);
    await story.advanceTo(`${plusDays(last, 1)}T00:00:00Z`);
    expect(codeOf(await buying())).toBe('term-ended');
  });

  it('sells at the price that is current then, exactly as it was quoted, and never at another one', async () => {
    const cardId = await story.market.card({ captions: { minutes: '3' } });
    const licensee = await story.market.account();
    await licensee.sign(cardId, ['captions'], { unitPrice: '0.1' });
    const quote = async (): Promise<z.infer<typeof purchaseQuoteAnswer>> =>
      ok(await story.service.post(`${licensee.url}/purchase-quotes`, { credits: '100' }, licensee.admin), purchaseQuoteAnswer);
    const place = (quoteId: string): ReturnType<Story['service']['post']> => story.service.post(`${licensee.url}/purchases`, { quoteId }, licensee.admin);
    const day = await story.day(2);
    const newPrice = { currency: 'EUR', unitPrice: '0.12', effectiveDate: day };
    ok(await story.service.post(`/v1/rate-cards/${cardId}/prices`, newPrice, story.market.operator), priceAnswer);
    await story.advanceTo(`${day}T00:00:00Z`, -120_000);
    const [kept, stale] = [await quote(), await quote()];
    expect([kept.price, stale.price]).toEqual(['10.00', '10.00']);
    expect(ok(await place(kept.quoteId), placedAnswer).purchase.price).toBe('10.00');
    await story.advanceTo(`${day}T00:00:00Z`);
    expect(codeOf(await place(stale.quoteId))).toBe('quote-expired');
    expect(ok(await place((await quote()).quoteId), placedAnswer).purchase.price).toBe('12.00');
  });

  it('sells at the price of the order form that the licensee names, where it has signed several', async () => {
    const cardId = await story.market.card(captions);
    const licensee = await story.market.account();
    const { orderFormId } = await licensee.sign(cardId, ['captions'], { unitPrice: '0.08' });
    await licensee.sign(cardId, ['captions'], { unitPrice: '0.12' });
    const { purchase } = await licensee.place('100');
    expect(purchase).toMatchObject({ unitPrice: '0.12', price: '12.00' });
    const named = await story.service.post(`${licensee.url}/purchases`, { credits: '100', orderFormId }, licensee.admin);
    expect(named.body).toMatchObject({ purchase: { unitPrice: '0.08', price: '8.00' } });
  });
});

/** The last Sunday of a month: the day on which clocks change in the European Union. */
function lastSunday(year: number, month: string): string {
  const last = new Date(`${String(year)}-${month}-31T00:00:00Z`);
  return plusDays(last.toISOString().slice(0, 10), -last.getUTCDay());
}
