import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bookedAnswer, clockAnswer, entriesAnswer } from '../../src/http/schemas/answers.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, featuresOf, orderForm, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, type Answer } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let cardId: string;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  cardId = await market.card({ captions: { minutes: '3' } });
  customer = await market.account();
  await customer.sign(cardId, ['captions']);
  await customer.buy('1000');
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

interface Change {
  readonly name: string;
  readonly url: () => string;
  readonly secret: () => string;
  readonly body: () => Promise<object> | object;
  /** Another request under the same key. */
  readonly other: () => object;
}

const operator = (): string => market.operator;
const changes: readonly Change[] = [
  {
    name: 'a licensee',
    url: () => '/v1/licensees',
    secret: operator,
    body: () => ({ licenseeId: `l-${randomUUID()}`, legalName: 'A' }),
    other: () => ({ licenseeId: 'l-other', legalName: 'B' }),
  },
  {
    name: 'an account',
    url: () => '/v1/accounts',
    secret: operator,
    body: () => ({ accountId: `a-${randomUUID()}`, licenseeId: 'acme' }),
    other: () => ({ accountId: 'a-other', licenseeId: 'acme' }),
  },
  {
    name: 'a rate card',
    url: () => '/v1/rate-cards',
    secret: operator,
    body: () => ({ cardId: `c-${randomUUID()}`, name: 'Card' }),
    other: () => ({ cardId: 'c-other', name: 'Card' }),
  },
  {
    name: 'a rate version',
    url: () => `/v1/rate-cards/${cardId}/versions`,
    secret: operator,
    body: () => ({ effectiveDate: '2035-01-01', features: featuresOf({ captions: { minutes: '4' } }) }),
    other: () => ({ effectiveDate: '2036-01-01', features: featuresOf({ captions: { minutes: '4' } }) }),
  },
  {
    name: 'an order form',
    url: () => `${customer.url}/order-forms`,
    secret: operator,
    body: () => orderForm(cardId, ['captions'], { purchases: [{ credits: '5' }] }),
    other: () => orderForm(cardId, ['captions']),
  },
  { name: 'a purchase', url: () => `${customer.url}/purchases`, secret: () => customer.admin, body: () => ({ credits: '10' }), other: () => ({ credits: '11' }) },
  {
    name: 'a payment',
    url: () => '/v1/payments',
    secret: () => market.finance,
    body: async () => ({ ...payment(), purchaseId: (await customer.place('10')).purchase.purchaseId }),
    other: () => ({ ...payment(), purchaseId: 'another' }),
  },
  {
    name: 'a grant',
    url: () => `${customer.url}/grants`,
    secret: operator,
    body: () => ({ kind: 'promotional', credits: '1', reason: 'x' }),
    other: () => ({ kind: 'trial', credits: '1', reason: 'x' }),
  },
  {
    name: 'a debit',
    url: () => `${customer.url}/debits`,
    secret: () => customer.backend,
    body: () => ({ feature: 'captions', usage: { minutes: '1' }, metadata: { job: '1' } }),
    other: () => ({ feature: 'captions', usage: { minutes: '1' }, metadata: { job: '2' } }),
  },
  {
    name: 'the business clock',
    url: () => '/v1/clock/advance',
    secret: operator,
    body: () => ({ byDays: '1' }),
    other: () => ({ byDays: '2' }),
  },
];

function payment(): object {
  return { accountId: customer.accountId, provider: 'bank', providerPaymentId: randomUUID(), amount: '1.00', currency: 'EUR' };
}

describe('the same key and the same request', () => {
  it.each(changes)('change $name once, and get the first answer again', async ({ url, secret, body, other }) => {
    const key = randomUUID();
    const request = await body();
    const post = (what: object): Promise<Answer> => service.post(url(), what, { secret: secret(), idempotencyKey: key });
    const first = await post(request);
    expect([first.status, first.headers['idempotency-replayed']]).toEqual([201, undefined]);
    const again = await post(request);
    expect([again.status, again.headers['idempotency-replayed'], again.text]).toEqual([201, 'true', first.text]);
    expect(codeOf(await post(other()))).toBe('idempotency-key-reused');
    expect((await post(request)).text).toBe(first.text);
  });

  it.each(changes)('change $name once, also when sent 6 times at the same moment', async ({ url, secret, body }) => {
    const key = randomUUID();
    const request = await body();
    const answers = await Promise.all(Array.from({ length: 6 }, () => service.post(url(), request, { secret: secret(), idempotencyKey: key })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] !== 'true')).toHaveLength(1);
  });

  it('are the same however amounts and members are written', async () => {
    const key = randomUUID();
    const first = await customer.debit('captions', { minutes: '1.50' }, { metadata: { a: '1', b: '2' } }, key);
    const again = await service.post(
      `${customer.url}/debits`,
      { metadata: { b: '2', a: '1' }, usage: { minutes: '1.5' }, mode: 'authorize', feature: 'captions' },
      { secret: customer.backend, idempotencyKey: key },
    );
    expect(again.text).toBe(first.text);
  });

  it('are the same for another end user, whose pseudonym may have changed', async () => {
    const key = randomUUID();
    const first = await customer.debit('captions', { minutes: '1' }, { endUser: 'a' }, key);
    expect((await customer.debit('captions', { minutes: '1' }, { endUser: 'b' }, key)).text).toBe(first.text);
  });

  it('go on after the API key was changed', async () => {
    const key = randomUUID();
    const first = await customer.debit('captions', { minutes: '1' }, {}, key);
    const secret = await service.key(['usage:write'], customer.accountId);
    const again = await service.post(`${customer.url}/debits`, { feature: 'captions', usage: { minutes: '1' } }, { secret, idempotencyKey: key });
    expect(again.text).toBe(first.text);
  });
});

describe('a key', () => {
  it('belongs to one account', async () => {
    const other = await market.customer({ captions: { minutes: '3' } }, ['100']);
    const key = randomUUID();
    const entries = [ok(await customer.debit('captions', { minutes: '1' }, {}, key), bookedAnswer), ok(await other.debit('captions', { minutes: '1' }, {}, key), bookedAnswer)];
    expect(entries.map(({ entry }) => entry.accountId)).toEqual([customer.accountId, other.accountId]);
  });

  it('finds its entry', async () => {
    const key = randomUUID();
    const { entry } = ok(await customer.debit('captions', { minutes: '1' }, {}, key), bookedAnswer);
    const find = async (wanted: string) =>
      ok(await service.get(`${customer.url}/entries?idempotencyKey=${encodeURIComponent(wanted)}`, customer.admin), entriesAnswer).items;
    expect(await find(key)).toEqual([{ ...entry, balance: { available: '999.500000000', held: '0.000000000', balance: '999.500000000' } }]);
    expect(await find('never used')).toEqual([]);
  });

  it.each([null, '', ' ', 'with blank', 'sys:announce', 'ümlaut', 'x'.repeat(256)])('is refused when it is %j', async (idempotencyKey) => {
    const answer = await service.post(`${customer.url}/debits`, { feature: 'captions', usage: { minutes: '1' } }, { secret: customer.backend, idempotencyKey });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid-idempotency-key']);
  });
});

it('advances the clock as far as the answer says, and never back', async () => {
  const read = async () => Date.parse(ok(await service.get('/v1/clock', customer.admin), clockAnswer).businessTime);
  const before = await read();
  const to = new Date(before + 90 * 86_400_000).toISOString();
  const { businessTime, advanceable } = ok(await service.post('/v1/clock/advance', { to }, market.operator), clockAnswer);
  expect([advanceable, Date.parse(businessTime) - Date.parse(to) < 5_000]).toEqual([true, true]);
  expect((await read()) >= Date.parse(to)).toBe(true);
  for (const refused of [{ to: new Date(before).toISOString() }, { to: '2300-01-01T00:00:00Z' }]) {
    expect(codeOf(await service.post('/v1/clock/advance', refused, market.operator))).toBe('business-clock-not-advanceable');
  }
  for (const wrong of [{}, { to, byDays: '1' }, { byDays: '-1' }, { byDays: 1 }]) {
    expect(codeOf(await service.post('/v1/clock/advance', wrong, market.operator))).toBe('invalid-request');
  }
  const production = await TestService.start(database.writerUrl, { parts: { sandbox: false } });
  const secret = await production.key(['operator']);
  expect(codeOf(await production.post('/v1/clock/advance', { byDays: '1' }, secret))).toBe('business-clock-not-advanceable');
  expect(ok(await production.get('/v1/clock', secret), clockAnswer).advanceable).toBe(false);
  await production.stop();
});
