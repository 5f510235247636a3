import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  acknowledgedAnswer,
  balanceAsOfAnswer,
  bookedAnswer,
  grantedAnswer,
  lotsAnswer,
  noticesAnswer,
  orderFormAnswer,
  orderFormsAnswer,
  paidAnswer,
  purchaseAnswer,
  purchasesAnswer,
  quoteAnswer,
} from '../../src/http/schemas/answers.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market } from '../support/market.js';
import { TestService, codeOf, ok, problem } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

const captions = { captions: { minutes: '3' } };

describe('buying', () => {
  it('refuses credits whose price rounds to nothing: they could never be paid (P3)', async () => {
    const customer = await market.customer(captions, []);
    expect(codeOf(await service.post(`${customer.url}/purchases`, { credits: '0.000000001' }, customer.admin))).toBe('price-rounds-to-zero');
    expect(ok(await service.get(`${customer.url}/purchases`, customer.admin), purchasesAnswer).items).toEqual([]);
  });

  it('allocates when the price and the tax are paid, and not before (P3)', async () => {
    const customer = await market.customer(captions, [], { taxRate: '0.19' });
    const { purchase } = await customer.place('1000');
    expect(purchase).toMatchObject({ credits: '1000.000000000', price: '100.00', tax: '19.00', unitPrice: '0.1', currency: 'EUR', placedBy: 'account' });
    const part = ok(await customer.pay(purchase.purchaseId, '100'), paidAnswer);
    expect(part).toMatchObject({ payment: { owed: '19.00', allocated: false }, lotId: null });
    expect(await customer.balance()).toBe('0.000000000');
    expect(ok(await service.get(`${customer.url}/purchases/${purchase.purchaseId}`, customer.admin), purchaseAnswer)).toMatchObject({
      state: 'partially_paid',
      paid: '100.00',
      owed: '19.00',
    });
    const rest = ok(await customer.pay(purchase.purchaseId, '19.00'), paidAnswer);
    expect(rest.payment.allocated).toBe(true);
    expect(await customer.balance()).toBe('1000.000000000');
    const lots = ok(await service.get(`${customer.url}/lots`, customer.admin), lotsAnswer);
    expect(lots.items).toMatchObject([{ lotId: rest.lotId, kind: 'purchase', purchaseId: purchase.purchaseId, available: '1000.000000000', open: true }]);
    const { items } = ok(await service.get(`${customer.url}/purchases`, customer.admin), purchasesAnswer);
    expect(items[0]?.payments.map(({ amount }) => amount)).toEqual(['100.00', '19.00']);
  });

  it('is for an admin of the account alone: operators, finance and backends cannot (P6)', async () => {
    const customer = await market.customer(captions, []);
    for (const secret of [market.operator, market.finance, customer.backend]) {
      expect(codeOf(await service.post(`${customer.url}/purchases`, { credits: '10' }, secret))).toBe('forbidden');
    }
    expect(ok(await service.get(`${customer.url}/purchases`, customer.admin), purchasesAnswer).items).toEqual([]);
  });

  it('happens by signature for what an order form contains (P6)', async () => {
    const customer = await market.account();
    const signed = await customer.sign(await market.card(captions), ['captions'], { purchases: [{ credits: '10' }, { credits: '20' }] });
    expect(signed.purchases.map(({ credits }) => credits)).toEqual(['10.000000000', '20.000000000']);
    const { items } = ok(await service.get(`${customer.url}/purchases`, customer.admin), purchasesAnswer);
    expect(items.map(({ placedBy, orderFormId }) => [placedBy, orderFormId])).toEqual([
      ['order-form', signed.orderFormId],
      ['order-form', signed.orderFormId],
    ]);
    const form = ok(await service.get(`${customer.url}/order-forms/${signed.orderFormId}`, customer.admin), orderFormAnswer);
    expect(form.document).toMatchObject({ unitPrice: '0.1', purchases: [{ credits: '10' }, { credits: '20' }] });
    expect(ok(await service.get(`${customer.url}/order-forms`, customer.admin), orderFormsAnswer).items).toEqual([form]);
  });

  it('answers a payment that a provider reports again as the first time, and refuses other content under its id', async () => {
    const customer = await market.customer(captions, []);
    const { purchase } = await customer.place('100');
    const receivedAt = '2026-01-02T03:04:05.678Z';
    const providerPaymentId = randomUUID();
    const first = await customer.pay(purchase.purchaseId, '4', { providerPaymentId, receivedAt });
    expect(first.status).toBe(201);
    for (const same of [{ amount: '4.00', receivedAt: '2026-01-02T04:04:05.678+01:00' }, { amount: '4' }]) {
      const again = await customer.pay(purchase.purchaseId, '', { providerPaymentId, ...same });
      expect([again.status, again.headers['idempotency-replayed'], again.text]).toEqual([201, 'true', first.text]);
    }
    expect(codeOf(await customer.pay(purchase.purchaseId, '5', { providerPaymentId, receivedAt }))).toBe('payment-conflict');
    const other = await market.customer(captions, []);
    const theirs = await other.place('100');
    expect(codeOf(await other.pay(theirs.purchase.purchaseId, '4', { providerPaymentId }))).toBe('payment-conflict');
    expect(ok(await service.get(`${customer.url}/purchases/${purchase.purchaseId}`, customer.admin), purchaseAnswer).paid).toBe('4.00');
  });

  it('settles a race for one provider id between two accounts: one payment, one conflict', async () => {
    const customers = await Promise.all(Array.from({ length: 8 }, () => market.customer(captions, [])));
    const placed = await Promise.all(customers.map((customer) => customer.place('100')));
    const providerPaymentId = randomUUID();
    const answers = await Promise.all(customers.map((customer, i) => customer.pay(placed[i]?.purchase.purchaseId ?? '', '10', { providerPaymentId })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
  });

  it('gives trial credits that burn before bought ones', async () => {
    const customer = await market.customer(captions, ['100']);
    const grant = { kind: 'trial', credits: '2', validThrough: '2030-01-01', reason: 'welcome' };
    const { lotId } = ok(await service.post(`${customer.url}/grants`, grant, market.operator), grantedAnswer);
    const { entry } = ok(await customer.debit('captions', { minutes: '1' }), bookedAnswer);
    expect(entry.postings.map(({ lotId: lot, credits }) => [lot === lotId, credits])).toEqual([
      [true, '2.000000000'],
      [false, '1.000000000'],
    ]);
  });
});

describe('using', () => {
  it('spends over two lots at the rates of each, carrying usage and not credits', async () => {
    const customer = await market.customer(captions, ['5', '100']);
    const { entry, balance } = ok(await customer.debit('captions', { minutes: '2' }), bookedAnswer);
    expect(balance).toEqual({ balance: '99.000000000', available: '99.000000000', held: '0.000000000' });
    expect(entry).toMatchObject({ type: 'debit', credits: '6.000000000', feature: 'captions', detail: { usage: { minutes: '2' } } });
    expect(entry.postings.map(({ credits, share }) => [credits, share?.slice(0, 6)])).toEqual([
      ['5.000000000', '0.8333'],
      ['1.000000000', '0.1666'],
    ]);
  });

  it('says what is missing and what could be afforded (P5), and lets the same key succeed later', async () => {
    const customer = await market.customer(captions, ['4']);
    const key = randomUUID();
    const refused = problem(await customer.debit('captions', { minutes: '2' }, {}, key));
    expect(refused).toMatchObject({
      code: 'insufficient-credits',
      status: 402,
      data: { required: '6.000000000', available: '4.000000000', held: '0.000000000', shortfall: '2.000000000', affordable: { minutes: '1.333333333' } },
    });
    await customer.buy('10');
    expect((await customer.debit('captions', { minutes: '2' }, {}, key)).status).toBe(201);
  });

  it('takes what is there in record mode, and the rest is unfunded', async () => {
    const customer = await market.customer(captions, ['4']);
    const { entry } = ok(await customer.debit('captions', { minutes: '2' }, { mode: 'record' }), bookedAnswer);
    expect(entry).toMatchObject({ credits: '4.000000000', unfunded: '2.000000000' });
  });

  it('quotes without booking anything', async () => {
    const customer = await market.customer(captions, ['100']);
    const quote = ok(await service.post(`${customer.url}/debits/quote`, { feature: 'captions', usage: { minutes: '2' } }, { secret: customer.backend, idempotencyKey: null }), quoteAnswer);
    expect(quote).toMatchObject({ required: '6.000000000', covered: '6.000000000', shortfall: '0.000000000', legs: [{ credits: '6.000000000', share: '1' }] });
    expect(codeOf(await service.post(`${customer.url}/debits/quote`, { feature: 'captions', usage: { minutes: '200' } }, customer.backend))).toBe('insufficient-credits');
    expect(await customer.balance()).toBe('100.000000000');
  });

  it('keeps the end user only as a pseudonym, and metadata apart', async () => {
    const customer = await market.customer(captions, ['100']);
    const { entry } = ok(await customer.debit('captions', { minutes: '1' }, { endUser: 'jane@example.org', metadata: { job: '7' } }), bookedAnswer);
    expect(entry.endUser).toMatch(/^[0-9a-f]{32}$/);
    expect(entry.metadataHash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(entry)).not.toContain('jane');
    const dump = await service.database.query<{ found: string }[]>("SELECT count(*) AS found FROM entry WHERE entry::text LIKE '%jane%'");
    expect(dump).toEqual([{ found: '0' }]);
  });

  it('gives a debit back in parts, and no more than it took', async () => {
    const customer = await market.customer(captions, ['5', '100']);
    const { entry } = ok(await customer.debit('captions', { minutes: '2' }), bookedAnswer);
    const reversal = `${customer.url}/entries/${entry.seq}/reversal`;
    const half = ok(await service.post(reversal, { share: '0.5', reason: 'half was bad' }, market.operator), bookedAnswer);
    expect(half.entry).toMatchObject({ type: 'reversal', cites: entry.seq, credits: '3.000000000' });
    const rest = ok(await service.post(reversal, { reason: 'all was bad' }, market.operator), bookedAnswer);
    expect(rest.balance.available).toBe('105.000000000');
    expect(codeOf(await service.post(reversal, { reason: 'again' }, market.operator))).toBe('reversal-exceeds-debit');
  });
});

describe('a change of rates (P2)', () => {
  it('reaches purchases 30 days after its notice was acknowledged, and lots bought before keep their rates', async () => {
    const cardId = await market.card(captions);
    const customer = await market.account();
    await customer.sign(cardId, ['captions']);
    await customer.buy('3');
    const { now } = await service.database.query<{ now: Date }[]>('SELECT clock_timestamp() AS now').then(([row]) => row ?? { now: new Date(0) });
    const day = (days: number): string => new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);
    await market.version(cardId, { captions: { minutes: '4' } }, day(40));
    const [notice] = ok(await service.get(`${customer.url}/notices`, customer.admin), noticesAnswer).items;
    expect(notice).toMatchObject({ noticeId: `rates.${cardId}@2`, version: 2, deliveredOn: null, reachesPurchasesFrom: null, text: 'New rates.' });
    const url = `${customer.url}/notices/${notice?.noticeId ?? ''}/acknowledge`;
    for (const secret of [market.operator, customer.backend]) expect(codeOf(await service.post(url, undefined, secret))).toBe('forbidden');
    const acknowledged = ok(await service.post(url, undefined, customer.admin), acknowledgedAnswer);
    expect(acknowledged.deliveredOn).toBe(day(0));
    expect(ok(await service.get(`${customer.url}/notices`, customer.admin), noticesAnswer).items[0]?.reachesPurchasesFrom).toBe(day(41));
    expect((await customer.place('3')).purchase.rateVersion).toBe(`${cardId}@1`);

    expect((await service.post('/v1/clock/advance', { byDays: '41' }, market.operator)).status).toBe(201);
    await customer.buy('100');
    const { entry } = ok(await customer.debit('captions', { minutes: '2' }), bookedAnswer);
    expect(entry.postings.map(({ rateVersion, credits }) => [rateVersion, credits])).toEqual([
      [`${cardId}@1`, '3.000000000'],
      [`${cardId}@2`, '4.000000000'],
    ]);
    const before = ok(await service.get(`${customer.url}/balance?seq=${entry.seq - 1}`, customer.admin), balanceAsOfAnswer);
    expect(before.available).toBe('103.000000000');
  });
});
