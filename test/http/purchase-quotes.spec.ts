import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { z } from 'zod';
import { placedAnswer } from '../../src/http/schemas/answers.js';
import { priceAnswer, pricesAnswer, purchaseQuoteAnswer } from '../../src/http/schemas/money.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok, type Answer } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(120_000);

let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const captions = { captions: { minutes: '3' } };

async function quote(customer: Customer, credits: string): Promise<z.infer<typeof purchaseQuoteAnswer>> {
  return ok(await story.service.post(`${customer.url}/purchase-quotes`, { credits }, customer.admin), purchaseQuoteAnswer);
}

function placeBy(customer: Customer, quoteId: string): Promise<Answer> {
  return story.service.post(`${customer.url}/purchases`, { quoteId }, customer.admin);
}

async function pricedCustomer(form: object = {}): Promise<{ readonly cardId: string; readonly customer: Customer }> {
  const cardId = await story.market.card(captions);
  const customer = await story.market.account();
  await customer.sign(cardId, ['captions'], form);
  return { cardId, customer };
}

async function publishPrice(cardId: string, unitPrice: string, effectiveDate: string): Promise<z.infer<typeof priceAnswer>> {
  const body = { currency: 'EUR', unitPrice, effectiveDate };
  return ok(await story.service.post(`/v1/rate-cards/${cardId}/prices`, body, story.market.operator), priceAnswer);
}

describe('a quote', () => {
  it('is placed exactly as it stands, once, under its own id', async () => {
    const { customer } = await pricedCustomer({ taxRate: '0.19' });
    const quoted = await quote(customer, '100');
    expect(quoted).toMatchObject({ credits: '100.000000000', unitPrice: '0.1', price: '10.00', tax: '1.90', currency: 'EUR', priceVersion: null });
    expect(Date.parse(quoted.expiresAt) - Date.parse(quoted.quotedAt)).toBe(24 * 3_600_000);
    expect(ok(await story.service.get(`${customer.url}/purchase-quotes/${quoted.quoteId}`, customer.admin), purchaseQuoteAnswer)).toEqual(quoted);
    expect(await story.purchases(customer)).toEqual([]);
    const { purchase } = ok(await placeBy(customer, quoted.quoteId), placedAnswer);
    const { quoteId, quotedAt, expiresAt, total, ...terms } = quoted;
    expect(total).toBe('11.90');
    expect(purchase).toMatchObject({ purchaseId: quoteId, ...terms });
    expect(Date.parse(purchase.purchasedAt)).toBeGreaterThanOrEqual(Date.parse(quotedAt));
    expect(expiresAt > purchase.purchasedAt).toBe(true);
    expect(codeOf(await placeBy(customer, quoteId))).toBe('purchase-exists');
    expect(await story.purchases(customer)).toHaveLength(1);
  });

  it('is answered again under its key, as it was', async () => {
    const { customer } = await pricedCustomer();
    const call = { secret: customer.admin, idempotencyKey: randomUUID() };
    const first = await story.service.post(`${customer.url}/purchase-quotes`, { credits: '7' }, call);
    const again = await story.service.post(`${customer.url}/purchase-quotes`, { credits: '7.0' }, call);
    expect([again.headers['idempotency-replayed'], again.text]).toEqual(['true', first.text]);
    expect(codeOf(await story.service.post(`${customer.url}/purchase-quotes`, { credits: '8' }, call))).toBe('idempotency-key-reused');
  });

  it('of another account is not there', async () => {
    const [one, two] = [await pricedCustomer(), await pricedCustomer()];
    const { quoteId } = await quote(one.customer, '10');
    expect(codeOf(await placeBy(two.customer, quoteId))).toBe('quote-not-found');
    expect(codeOf(await story.service.get(`${two.customer.url}/purchase-quotes/${quoteId}`, two.customer.admin))).toBe('quote-not-found');
  });

  it('is refused from the instant on at which it expires, never repriced', async () => {
    const { customer } = await pricedCustomer();
    const last = await quote(customer, '10');
    const { quoteId, expiresAt } = await quote(customer, '10');
    await story.advanceTo(last.expiresAt, -2_000);
    expect((await placeBy(customer, last.quoteId)).status).toBe(201);
    await story.advanceTo(expiresAt);
    expect(codeOf(await placeBy(customer, quoteId))).toBe('quote-expired');
    expect(await story.purchases(customer)).toHaveLength(1);
  });

  it('is refused before that, where price or rates have changed', async () => {
    const { cardId, customer } = await pricedCustomer();
    const day = await story.day(2);
    await publishPrice(cardId, '0.2', day);
    await story.advanceTo(`${day}T00:00:00Z`, -60_000);
    const quoted = await quote(customer, '10');
    expect(quoted.price).toBe('1.00');
    await story.advanceTo(`${day}T00:00:00Z`);
    expect(codeOf(await placeBy(customer, quoted.quoteId))).toBe('quote-expired');
    const other = await quote(customer, '10');
    expect(other).toMatchObject({ price: '2.00', priceVersion: `${cardId}/EUR@1` });
    expect((await placeBy(customer, other.quoteId)).status).toBe(201);
  });

  it('names credits or a quote, not both, and is for an admin of the account alone (P6)', async () => {
    const { customer } = await pricedCustomer();
    const { quoteId } = await quote(customer, '10');
    for (const body of [{}, { credits: '1', quoteId }, { quoteId, orderFormId: 'x' }]) {
      expect(codeOf(await story.service.post(`${customer.url}/purchases`, body, customer.admin))).toBe('invalid-request');
    }
    for (const secret of [story.market.operator, story.market.finance, customer.backend]) {
      expect(codeOf(await story.service.post(`${customer.url}/purchases`, { quoteId }, secret))).toBe('forbidden');
      expect(codeOf(await story.service.post(`${customer.url}/purchase-quotes`, { credits: '1' }, secret))).toBe('forbidden');
    }
  });
});

describe('a version of the price list', () => {
  it('is what later purchases cost from its day on; what was bought keeps its price (P4)', async () => {
    const { cardId, customer } = await pricedCustomer();
    const before = (await customer.place('100')).purchase;
    expect([before.price, before.priceVersion]).toEqual(['10.00', null]);
    const day = await story.day(2);
    expect(await publishPrice(cardId, '0.15', day)).toMatchObject({ version: 1, unitPrice: '0.15', effectiveDate: day });
    expect((await customer.place('100')).purchase.price).toBe('10.00');
    await story.advanceTo(`${day}T00:00:00Z`);
    const after = (await customer.place('100')).purchase;
    expect([after.price, after.unitPrice, after.priceVersion]).toEqual(['15.00', '0.15', `${cardId}/EUR@1`]);
    expect((await story.purchase(customer, before.purchaseId)).price).toBe('10.00');
    const listed = ok(await story.service.get(`/v1/rate-cards/${cardId}/prices`, story.market.finance), pricesAnswer);
    expect(listed.items.map(({ priceVersion }) => priceVersion)).toEqual([`${cardId}/EUR@1`]);
  });

  it('does not touch an account whose order form keeps its own price', async () => {
    const { cardId, customer } = await pricedCustomer({ laterPrices: 'order-form' });
    const day = await story.day(2);
    await publishPrice(cardId, '0.15', day);
    await story.advanceTo(`${day}T00:00:00Z`);
    expect((await customer.place('100')).purchase).toMatchObject({ price: '10.00', priceVersion: null });
  });

  it('begins on the day of whoever buys', async () => {
    const { cardId, customer } = await pricedCustomer({ timeZone: 'Pacific/Kiritimati' });
    const day = await story.day(3);
    await publishPrice(cardId, '0.15', day);
    await story.advanceTo(`${day}T00:00:00+14:00`, -5_000);
    expect((await customer.place('100')).purchase.price).toBe('10.00');
    await story.advanceTo(`${day}T00:00:00+14:00`);
    expect((await customer.place('100')).purchase.price).toBe('15.00');
  });

  it('is refused where it is too soon, free, or of no card; and comes from operators alone', async () => {
    const { cardId, customer } = await pricedCustomer();
    const url = `/v1/rate-cards/${cardId}/prices`;
    const price = { currency: 'EUR', unitPrice: '0.2', effectiveDate: await story.day(1) };
    expect(codeOf(await story.service.post(url, price, story.market.operator))).toBe('price-too-soon');
    const later = { ...price, effectiveDate: await story.day(2) };
    expect((await story.service.post(url, { ...later, unitPrice: '0.00' }, story.market.operator)).status).toBe(422);
    expect(codeOf(await story.service.post('/v1/rate-cards/none/prices', later, story.market.operator))).toBe('rate-card-not-found');
    for (const secret of [story.market.finance, customer.admin]) expect(codeOf(await story.service.post(url, later, secret))).toBe('forbidden');
  });
});
