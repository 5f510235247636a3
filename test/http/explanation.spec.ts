import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acknowledgedAnswer, bookedAnswer, rateVersionAnswer } from '../../src/http/schemas/answers.js';
import { explanationAnswer } from '../../src/http/schemas/explanation.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { ADDENDUM, Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let cardId: string;
let formId: string;

/** The example of the two lots: 5 credits at 3 per minute, then 100 at 4, bought after a change of rates. */
beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  cardId = await market.card({ captions: { minutes: '3' } });
  customer = await market.account();
  formId = (await customer.sign(cardId, ['captions'])).orderFormId;
  await customer.buy('5');
  const today = await service.database.query<{ day: Date }[]>('SELECT clock_timestamp() AS day');
  const effectiveDate = new Date((today[0]?.day.getTime() ?? 0) + 31 * 86_400_000).toISOString().slice(0, 10);
  await market.version(cardId, { captions: { minutes: '4' } }, effectiveDate);
  ok(await service.post(`${customer.url}/notices/rates.${cardId}@2/acknowledge`, {}, customer.admin), acknowledgedAnswer);
  expect((await service.post('/v1/clock/advance', { byDays: '35' }, market.operator)).status).toBe(201);
  await customer.buy('100');
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

const explain = async (seq: number) => ok(await service.get(`${customer.url}/entries/${seq}/explanation`, customer.admin), explanationAnswer);

describe('the explanation of a debit', () => {
  it('walks from the entry to usage, rates, lots, purchases, payments, order form, clause, addendum and notice', async () => {
    const { entry } = ok(await customer.debit('captions', { minutes: '2' }), bookedAnswer);
    const explained = await explain(entry.seq);
    expect(explained.entry).toEqual(entry);
    expect(explained.clauses.map(({ clause }) => clause)).toEqual(['P1', 'P2']);
    expect(explained.usage).toEqual({ feature: 'captions', billing: 'credits', mode: 'authorize', quantities: { minutes: '2' }, wouldCost: null });

    const [first, second] = explained.legs;
    expect(first?.arithmetic).toMatchObject({
      meters: [{ meter: 'minutes', quantity: '2', billed: '2', creditsPerUnit: '3', cost: '6' }],
      cost: '6',
      credits: '5.000000000',
    });
    expect(second?.arithmetic).toMatchObject({ meters: [{ creditsPerUnit: '4' }], cost: '8', credits: '1.333333333' });
    expect(explained.legs.every(({ credits, arithmetic }) => credits === arithmetic?.credits)).toBe(true);

    expect(first?.ratesFixedBy).toMatchObject({ by: 'order-form', rateVersion: `${cardId}@1`, orderFormId: formId });
    expect(second?.ratesFixedBy).toMatchObject({ by: 'notice', rateVersion: `${cardId}@2`, notice: { noticeId: `rates.${cardId}@2` } });
    expect(second?.ratesFixedBy?.notice?.deliveredOn).toMatch(/^\d{4}-\d\d-\d\d$/);
    const version = ok(await service.get(`/v1/rate-cards/${cardId}/versions/2`, market.operator), rateVersionAnswer);
    expect(second?.ratesFixedBy?.contentHash).toBe(version.contentHash);

    expect(explained.lots.map(({ issued, rateVersion }) => [issued, rateVersion])).toEqual([
      ['5.000000000', `${cardId}@1`],
      ['100.000000000', `${cardId}@2`],
    ]);
    expect(explained.purchases.map(({ state, payments }) => [state, payments.length])).toEqual([
      ['allocated', 1],
      ['allocated', 1],
    ]);
    expect(explained.governingOrderFormId).toBe(formId);
    expect(explained.orderForms).toMatchObject([{ orderFormId: formId, ...ADDENDUM }]);
  });

  it('shows what went unfunded, and at which rates it was priced', async () => {
    const { entry } = ok(await customer.debit('captions', { minutes: '100' }, { mode: 'record' }), bookedAnswer);
    const { unfunded } = await explain(entry.seq);
    expect(unfunded?.credits).toBe(entry.unfunded);
    expect(unfunded?.arithmetic?.credits).toBe(entry.unfunded);
    expect(unfunded?.ratesFixedBy.by).toBe('notice');
  });

  it('shows minimum and increment at work, and a former name of the feature', async () => {
    const rates = [{ meter: 'minutes', unit: 'minute', creditsPerUnit: '2', increment: '0.5', minimum: '1' }];
    const card = await market.card({ other: { minutes: '1' } });
    const draft = { effectiveDate: '2020-01-01', features: [{ feature: 'subtitles', rates }] };
    const named = ok(await service.post(`/v1/rate-cards/${card}/versions`, draft, market.operator), rateVersionAnswer);
    const renamed = { effectiveDate: '2020-01-01', features: [{ feature: 'captions', predecessor: 'subtitles', rates }] };
    const later = ok(await service.post(`/v1/rate-cards/${card}/versions`, renamed, market.operator), rateVersionAnswer);
    for (const { version } of [named, later]) ok(await market.publish(card, version), rateVersionAnswer);
    const owner = await market.account();
    await owner.sign(card, ['subtitles', 'captions'], { rateVersion: String(named.version) });
    await owner.buy('100');
    await owner.sign(card, ['subtitles', 'captions'], { rateVersion: String(later.version) });
    const read = async (minutes: string) => {
      const { entry } = ok(await owner.debit('captions', { minutes }), bookedAnswer);
      return ok(await service.get(`${owner.url}/entries/${entry.seq}/explanation`, owner.admin), explanationAnswer).legs[0]?.arithmetic;
    };
    expect(await read('0.2')).toMatchObject({ feature: 'subtitles', meters: [{ quantity: '0.2', billed: '1', minimum: '1', cost: '2' }], credits: '2.000000000' });
    expect(await read('1.2')).toMatchObject({ meters: [{ billed: '1.5', increment: '0.5' }], credits: '3.000000000' });
  });
});

describe('the explanation of another entry', () => {
  it('of a reversal cites the debit', async () => {
    await customer.buy('100');
    const { entry } = ok(await customer.debit('captions', { minutes: '1' }), bookedAnswer);
    const reversal = ok(await service.post(`${customer.url}/entries/${entry.seq}/reversal`, { reason: 'x' }, market.operator), bookedAnswer);
    const explained = await explain(reversal.entry.seq);
    expect(explained.cites).toEqual(entry);
    expect(explained.legs).toMatchObject([{ from: 'consumed', to: 'available', arithmetic: null }]);
  });

  it('of an allocation leads to purchase, payment and order form', async () => {
    const { payment, lotId } = await customer.buy('7');
    const explained = await explain(lotId ?? 0);
    expect(explained.clauses.map(({ clause }) => clause)).toEqual(['P3', 'P4']);
    expect(explained.purchases).toMatchObject([{ purchaseId: payment.purchaseId, payments: [{ amount: '0.70' }] }]);
    expect(explained.cites).toMatchObject({ type: 'payment' });
    expect(explained.orderForms.map(({ orderFormId }) => orderFormId)).toContain(formId);
  });

  it('is there for every entry of the account', async () => {
    const { seq } = (await explain(1)).entry;
    expect(seq).toBe(1);
    for (let number = 1; (await service.get(`${customer.url}/entries/${number}`, customer.admin)).status === 200; number += 1) {
      expect((await explain(number)).clauses.length).toBeGreaterThan(0);
    }
    expect(codeOf(await service.get(`${customer.url}/entries/9999/explanation`, customer.admin))).toBe('entry-not-found');
  });
});
