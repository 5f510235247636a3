import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { licenseeAnswer, noticesAnswer, orderFormsAnswer, rateCardAnswer, rateVersionAnswer, rateVersionsAnswer } from '../../src/http/schemas/answers.js';
import { withClient } from '../../src/postgres/connection.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, featuresOf, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, problem } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { ledger: { patienceMs: 300 } });
  market = await Market.open(service);
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

const captions = { captions: { minutes: '3' } };
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

async function draft(cardId: string, effectiveDate: string): Promise<number> {
  const body = { effectiveDate, features: featuresOf({ captions: { minutes: '4' } }) };
  return ok(await service.post(`/v1/rate-cards/${cardId}/versions`, body, market.operator), rateVersionAnswer).version;
}

async function noticesOf(customer: Customer): Promise<number[]> {
  const { items } = ok(await service.get(`${customer.url}/notices`, customer.admin), noticesAnswer);
  return items.map(({ version }) => version);
}

async function signer(cardId: string, form: Parameters<Customer['sign']>[2] = {}): Promise<Customer> {
  const customer = await market.account();
  await customer.sign(cardId, ['captions'], form);
  return customer;
}

describe('a rate card', () => {
  it('is read with its versions, as they were written', async () => {
    const cardId = await market.card({ llm: { inputTokens: '0.00015', outputTokens: '0.0006' } });
    await draft(cardId, '2035-01-01');
    expect(ok(await service.get(`/v1/rate-cards/${cardId}`, market.finance), rateCardAnswer)).toMatchObject({ cardId, name: 'Standard', versions: [1, 2] });
    const { items } = ok(await service.get(`/v1/rate-cards/${cardId}/versions`, market.operator), rateVersionsAnswer);
    expect(items.map(({ state, publishedAt }) => [state, publishedAt === null])).toEqual([
      ['published', false],
      ['draft', true],
    ]);
    expect(items[0]?.features).toEqual(featuresOf({ llm: { inputTokens: '0.00015', outputTokens: '0.0006' } }));
    expect(ok(await service.get(`/v1/rate-cards/${cardId}/versions/1`, market.operator), rateVersionAnswer)).toEqual(items[0]);
  });

  it('numbers its versions one after another, also when many are drafted at once', async () => {
    const cardId = await market.card(captions);
    const numbers = await Promise.all(Array.from({ length: 8 }, () => draft(cardId, '2035-01-01')));
    expect(numbers.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes a rate with 18 fractional digits where something comes of it, and a rate of zero', async () => {
    const cardId = await market.card(captions);
    const post = (rate: object) =>
      service.post(
        `/v1/rate-cards/${cardId}/versions`,
        { effectiveDate: '2035-01-01', features: [{ feature: 'a', rates: [{ meter: 'm', unit: 'u', ...rate }] }] },
        market.operator,
      );
    expect((await post({ creditsPerUnit: '0.000000000000000001', increment: '1000000000' })).status).toBe(201);
    expect((await post({ creditsPerUnit: '0' })).status).toBe(201);
    const refused = problem(await post({ creditsPerUnit: '0.000000000000000001', increment: '100000' }));
    expect([refused.code, refused.pointer]).toEqual(['rate-rounds-to-zero', '/features/0/rates/0']);
    expect(codeOf(await post({ creditsPerUnit: '0.0000000000000000001' }))).toBe('invalid-amount');
    expect(codeOf(await post({ creditsPerUnit: '1', increment: '0' }))).toBe('invalid-amount');
  });

  it('names each feature once, and each meter of it', async () => {
    const cardId = await market.card(captions);
    const [feature] = featuresOf(captions) as { rates: unknown[] }[];
    for (const features of [[feature, feature], [{ ...feature, rates: [feature?.rates[0], feature?.rates[0]] }]]) {
      const answer = await service.post(`/v1/rate-cards/${cardId}/versions`, { effectiveDate: '2035-01-01', features }, market.operator);
      expect(codeOf(answer)).toBe('invalid-request');
    }
  });
});

describe('publishing (P2)', () => {
  it('tells every account with an older version, and nobody else', async () => {
    const cardId = await market.card(captions);
    const concerned = [await signer(cardId), await signer(cardId)];
    const stranger = await signer(await market.card(captions));
    const version = await draft(cardId, inDays(40));
    ok(await market.publish(cardId, version), rateVersionAnswer);
    for (const customer of concerned) expect(await noticesOf(customer)).toEqual([version]);
    expect(await noticesOf(stranger)).toEqual([]);
    const ahead = await signer(cardId, { rateVersion: String(version) });
    expect(await noticesOf(ahead)).toEqual([]);
  });

  it('is refused where one account would have less than 30 days, counted in its own zone, and then tells nobody', async () => {
    const cardId = await market.card(captions);
    const west = await signer(cardId, { timeZone: 'Pacific/Niue' });
    const east = await signer(cardId, { timeZone: 'Pacific/Kiritimati' });
    const today = (zone: string): string => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(Date.now());
    const thirtyDaysAfter = (day: string): string => new Date(Date.parse(day) + 30 * 86_400_000).toISOString().slice(0, 10);
    const fine = thirtyDaysAfter(today('Pacific/Kiritimati'));
    const short = thirtyDaysAfter(today('Pacific/Niue'));
    expect(short < fine).toBe(true);
    const refused = problem(await market.publish(cardId, await draft(cardId, short)));
    expect([refused.code, refused.data]).toEqual(['notice-period-too-short', { today: today('Pacific/Kiritimati'), effectiveDate: short }]);
    expect([await noticesOf(west), await noticesOf(east)]).toEqual([[], []]);
    const version = await draft(cardId, fine);
    ok(await market.publish(cardId, version), rateVersionAnswer);
    expect([await noticesOf(west), await noticesOf(east)]).toEqual([[version], [version]]);
  });

  it('that broke off is finished by publishing again, in the same words', async () => {
    const cardId = await market.card(captions);
    const [told, locked] = [await signer(cardId), await signer(cardId)];
    const version = await draft(cardId, inDays(40));
    const key = randomUUID();
    const publish = (text: string) =>
      service.post(`/v1/rate-cards/${cardId}/versions/${version}/publish`, { text }, { secret: market.operator, idempotencyKey: key });
    await withClient({ url: database.ownerUrl, applicationName: 'test-lock' }, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM credits.account_state WHERE account_id = $1 FOR UPDATE', [locked.accountId]);
      expect(codeOf(await publish('Words.'))).toBe('account-busy');
    });
    expect([await noticesOf(told), await noticesOf(locked)]).toEqual([[version], []]);
    const again = await publish('Words.');
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect([await noticesOf(told), await noticesOf(locked)]).toEqual([[version], [version]]);
    expect((await market.publish(cardId, version, 'Words.')).status).toBe(201);
    expect(problem(await market.publish(cardId, version, 'Other words.')).pointer).toBe('/text');
    expect(await noticesOf(told)).toEqual([version]);
  });

  it('reaches an account that signs an older version afterwards, if it still leaves it 30 days', async () => {
    const cardId = await market.card(captions);
    const soon = await draft(cardId, inDays(10));
    const later = await draft(cardId, inDays(60));
    for (const version of [soon, later]) ok(await market.publish(cardId, version), rateVersionAnswer);
    expect(await noticesOf(await signer(cardId))).toEqual([later]);
  });
});

describe('an order form', () => {
  const wrong: readonly [string, Parameters<Customer['sign']>[2], string][] = [
    ['a card that does not exist', { rateCardId: 'none' }, 'rate-card-not-found'],
    ['a version that does not exist', { rateVersion: '9' }, 'rate-version-not-found'],
    ['a Term that ends before it begins', { termStart: '2027-01-01', termEnd: '2026-12-31' }, 'invalid-request'],
    ['a day that does not exist', { termEnd: '2027-02-29' }, 'invalid-request'],
    ['a zone that does not exist', { timeZone: 'Europe/Atlantis' }, 'invalid-request'],
    ['a currency that does not exist', { currency: 'ABC' }, 'invalid-request'],
    ['a price with 13 places', { unitPrice: '0.0000000000001' }, 'invalid-amount'],
    ['a purchase of nothing', { purchases: [{ credits: '0' }] }, 'invalid-amount'],
    ['no feature', { features: [] }, 'invalid-request'],
  ];
  it.each(wrong)('with %s is refused', async (_name, form, code) => {
    const customer = await market.account();
    expect(codeOf(await customer.trySigning(await market.card(captions), ['captions'], form))).toBe(code);
    expect(ok(await service.get(`${customer.url}/order-forms`, customer.admin), orderFormsAnswer).items).toEqual([]);
  });
});

it('a licensee is read as it was registered', async () => {
  expect(ok(await service.get('/v1/licensees/acme', market.operator), licenseeAnswer)).toMatchObject({ licenseeId: 'acme', legalName: 'Acme Corp.' });
});
