import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ACCESS } from '../../src/http/access/access-table.js';
import { readDebit } from '../../src/http/parsing/debit-reader.js';
import { parseInstant } from '../../src/http/parsing/instant.js';
import { newDebit, newDebitsOfAccounts } from '../../src/http/schemas/requests.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, orderForm, type Customer } from '../support/market.js';
import { TestService, codeOf, problem, type Answer } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let entriesBefore: string;

const entries = async (): Promise<string> =>
  (await service.database.query<{ count: string }[]>('SELECT count(*) FROM entry'))[0]?.count ?? '';

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['1000']);
  entriesBefore = await entries();
});

afterAll(async () => {
  expect(await entries()).toBe(entriesBefore);
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

const debit = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  service.post(`${customer.url}/debits`, body, { secret: customer.backend, headers });
const debitWith = (quantity: string): string => `{"feature":"captions","usage":{"minutes":${quantity}}}`;

describe('a body that is no JSON', () => {
  it.each(['', '{', '{"feature":}', "{'feature':'x'}", '{"a":1,}', '\u0000', 'NaN', '{"feature":"captions"', '[1,2', '﻿{}', '{"a":"\u0001"}'])('%j', async (body) => {
    const answer = await debit(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'malformed-json']);
  });

  it('is not UTF-8', async () => {
    expect(codeOf(await debit(Buffer.from([0x22, 0xff, 0xfe, 0x22])))).toBe('malformed-json');
  });

  it('says where, and repeats nothing of it', async () => {
    const { detail } = problem(await debit('{"feature": "jane@example.org", oops'));
    expect(detail).toMatch(/^The body is not JSON \(at position \d+\)\.$/);
  });
});

describe('a quantity that is no plain decimal', () => {
  const texts = ['1e3', 'NaN', 'Infinity', '-1', '-0', '+1', '0x10', '1,5', ' 1', '1 ', '', '.5', '1.', '01', '1.0000000001', '９', '1'.repeat(30), '9'.repeat(100_000)];
  it.each(texts)('%.20s', async (text) => {
    const refused = problem(await debit(debitWith(JSON.stringify(text))));
    expect([refused.code, refused.status, refused.pointer]).toEqual(['invalid-amount', 422, '/usage/minutes']);
  });

  it.each(['3', '1.5', '1e3', 'null', 'true', '["3"]', '{"a":"3"}', '{}', '9'.repeat(100_000)])('%.20s', async (json) => {
    expect(codeOf(await debit(debitWith(json)))).toBe('invalid-amount');
  });

  const payment = (amount: unknown): object => ({ accountId: customer.accountId, purchaseId: 'x', provider: 'bank', providerPaymentId: 'x', amount, currency: 'EUR' });
  const amounts: readonly [string, () => string, (value: unknown) => object, () => string][] = [
    ['purchase', () => `${customer.url}/purchases`, (credits) => ({ credits }), () => customer.admin],
    ['grant', () => `${customer.url}/grants`, (credits) => ({ kind: 'trial', credits, reason: 'x' }), () => market.operator],
    ['payment', () => '/v1/payments', payment, () => market.finance],
  ];
  it.each(amounts)('of a %s', async (_name, url, body, secret) => {
    for (const value of [...texts, '0', '0.00']) {
      const answer = await service.post(url(), body(value), secret());
      expect([value, answer.status, codeOf(answer)]).toEqual([value, 422, 'invalid-amount']);
    }
    for (const value of [1, null, true, ['1'], { a: '1' }]) expect((await service.post(url(), body(value), secret())).status).toBe(422);
  });
});

describe('a body of another kind', () => {
  it.each([
    ['text/plain', '{}'],
    ['application/xml', '<a/>'],
    ['application/x-www-form-urlencoded', 'a=b'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/jsonp', '{}'],
  ])('%s', async (type, body) => {
    const answer = await debit(body, { 'content-type': type });
    expect([answer.status, codeOf(answer)]).toEqual([415, 'unsupported-media-type']);
  });

  it('JSON with a charset is fine, and no body at all is not', async () => {
    expect(codeOf(await debit('{}', { 'content-type': 'application/json; charset=utf-8' }))).toBe('invalid-request');
    expect(codeOf(await service.post(`${customer.url}/debits`, undefined, customer.backend))).toBe('invalid-request');
  });
});

describe('a body that is too large', () => {
  it.each([1_048_577, 10 * 1_048_576])('%d bytes', async (bytes) => {
    for (const url of [`${customer.url}/debits`, `${customer.url}/debits/bulk`]) {
      const answer = await service.post(url, Buffer.alloc(bytes, 0x20), customer.backend);
      expect([answer.status, codeOf(answer)]).toEqual([413, 'payload-too-large']);
    }
  });

  it('is refused as it arrives, also without saying how long it is', async () => {
    await service.app.listen(0, '127.0.0.1');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = httpRequest(
        `${service.url}${customer.url}/debits`,
        { method: 'POST', headers: { authorization: `Bearer ${customer.backend}`, 'content-type': 'application/json', 'idempotency-key': 'k' } },
        (answer) => {
          resolve(answer.statusCode);
          answer.resume();
        },
      );
      sent.on('error', reject);
      for (let i = 0; i < 40; i += 1) sent.write(Buffer.alloc(50_000, 0x20));
      sent.end();
    });
    expect(status).toBe(413);
  });
});

describe('a body with what nobody can keep', () => {
  const bodies: readonly [string, string][] = [
    ['NUL in a value', '{"feature":"captions","usage":{"minutes":"1"},"endUser":"a\\u0000b"}'],
    ['NUL in a name', '{"feature":"captions","usage":{"minutes":"1"},"metadata":{"a\\u0000":"b"}}'],
    ['half of a surrogate pair', '{"feature":"captions","usage":{"minutes":"1"},"metadata":{"a":"\\ud83d"}}'],
    ['the other half, in a name', '{"feature":"captions","usage":{"minutes":"1"},"metadata":{"\\ude00":"b"}}'],
    ['__proto__', '{"__proto__":{"feature":"captions"},"usage":{"minutes":"1"}}'],
    ['__proto__ within', '{"feature":"captions","usage":{"__proto__":"1","minutes":"1"}}'],
    ['__proto__ in escapes', '{"feature":"captions","usage":{"\\u005f_proto__":"1","minutes":"1"}}'],
    ['constructor', '{"constructor":{"prototype":{}},"feature":"captions","usage":{"minutes":"1"}}'],
    ['toString as a meter', '{"feature":"captions","usage":{"toString":"1"}}'],
    ['nested a hundred thousand times', `{"feature":"captions","usage":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['nested, with an escape', `{"feature":"captions","usage":${'{"a":'.repeat(100_000)}"\\u0000"${'}'.repeat(100_000)}}`],
    ['a hundred thousand unknown fields', `{${Array.from({ length: 60_000 }, (_, i) => `"f${i}":1`).join(',')}}`],
  ];
  it.each(bodies)('%s', async (_name, body) => {
    for (const url of [`${customer.url}/debits`, `${customer.url}/debits/quote`]) {
      const answer = await service.post(url, body, customer.backend);
      expect(answer.status).toBe(422);
      expect(answer.text.length).toBeLessThan(5_000);
      problem(answer);
    }
  });

  it('whole surrogate pairs and other escapes are welcome', async () => {
    const answer = await debit('{"feature":"none","usage":{"minutes":"1"},"metadata":{"a":"\\ud83d\\ude00\\t\\u00e9"}}');
    expect(codeOf(answer)).toBe('feature-not-ordered');
  });
});

describe('unknown and missing fields', () => {
  const cases: readonly [string, () => string, () => object, () => string, string][] = [
    ['licensee', () => '/v1/licensees', () => ({ licenseeId: 'x', legalName: 'X' }), () => market.operator, 'legalName'],
    ['account', () => '/v1/accounts', () => ({ accountId: 'x', licenseeId: 'nobody' }), () => market.operator, 'licenseeId'],
    ['rate card', () => '/v1/rate-cards', () => ({ cardId: 'x', name: 'X' }), () => market.operator, 'name'],
    ['order form', () => `${customer.url}/order-forms`, () => ({ ...orderForm('x', ['a']) }), () => market.operator, 'addendumHash'],
    ['purchase', () => `${customer.url}/purchases`, () => ({ credits: '1' }), () => customer.admin, 'credits'],
    ['debit', () => `${customer.url}/debits`, () => ({ feature: 'a', usage: { b: '1' } }), () => customer.backend, 'feature'],
    ['key', () => '/v1/api-keys', () => ({ label: 'x', scopes: ['finance'] }), () => market.operator, 'label'],
  ];
  it.each(cases)('of a %s', async (_name, url, body, secret, needed) => {
    const unknown = problem(await service.post(url(), { ...body(), 'a/b~c': 1 }, secret()));
    expect([unknown.code, unknown.pointer]).toEqual(['invalid-request', '/a~1b~0c']);
    const rest = Object.fromEntries(Object.entries(body()).filter(([field]) => field !== needed));
    const missing = problem(await service.post(url(), rest, secret()));
    expect([missing.code, missing.pointer]).toEqual(['invalid-request', `/${needed}`]);
  });

  it.each(['?limit=201', '?limit=0', '?limit=1e1', '?cursor=x', '?order=best', '?colour=blue', '?limit=1&limit=2', '?cursor=%00', '?idempotencyKey='])('in a query: %s', async (query) => {
    const refused = problem(await service.get(`${customer.url}/entries${query}`, customer.admin));
    expect([refused.code, refused.errors?.[0]?.parameter]).toEqual(['invalid-request', expect.stringMatching(/limit|cursor|order|colour|idempotencyKey/)]);
  });
});

it.each(Object.entries(ACCESS).filter(([route, { scopes }]) => route.startsWith('GET /v1/') && typeof scopes !== 'string'))('%s is not asked for a NUL', async (route) => {
  const url = route.slice(4).replace(':accountId', customer.accountId).replaceAll(/:\w+/g, '1');
  for (const name of ['search', 'cursor', 'feature', 'provider', 'actor', 'kind']) {
    const { status } = await service.get(`${url}?${name}=%00`, market.operator);
    expect([url, name, status < 500]).toEqual([url, name, true]);
  }
  if (url === '/v1/accounts') {
    const refused = problem(await service.get(`${url}?search=a%00b`, market.operator));
    expect([refused.code, refused.errors?.[0]?.parameter]).toEqual(['invalid-request', 'search']);
  }
});

describe('an address', () => {
  it.each(['%00', '%ff', '..%2f..', 'a'.repeat(129), 'a'.repeat(5_000), "'%20OR%201=1--", '%F0%9F%98%80', '%'])('with %.20s in it leads nowhere', async (part) => {
    for (const url of [`/v1/accounts/${part}/balance`, `/v1/licensees/${part}`, `${customer.url}/entries/${part}`, `/v1/rate-cards/x/versions/${part}`]) {
      const answer = await service.get(url, market.operator);
      expect([url.slice(0, 40), answer.status]).toEqual([url.slice(0, 40), 404]);
      problem(answer);
    }
  });

  it.each(['0', '-1', '1.0', '1e1', '9'.repeat(30), '9007199254740993'])('has no entry %s', async (seq) => {
    expect(codeOf(await service.get(`${customer.url}/entries/${seq}`, market.operator))).toBe('entry-not-found');
  });
});

it('no route fails on an object that is made of anything', async () => {
  const mutations = Object.entries(ACCESS).filter(([route, { scopes }]) => route.startsWith('POST') && typeof scopes !== 'string');
  const key = {
    operator: market.operator,
    metrics: market.operator,
    finance: market.finance,
    'usage:write': customer.backend,
    'account:admin': customer.admin,
    'account:read': customer.admin,
  };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...mutations), fc.jsonValue({ maxDepth: 3 }), async ([route, { scopes }], body) => {
      const url = route.slice(5).replace(':accountId', customer.accountId).replaceAll(/:\w+/g, '1');
      if (typeof scopes === 'string') return;
      const answer = await service.post(url, JSON.stringify(body), key[scopes[0] ?? 'operator']);
      const mayHold = /\/(replay|sign-in-links|noop|acknowledge|reconciliations)$/.test(url);
      if ((answer.status < 400 && !mayHold) || answer.status >= 500) throw new Error(`${url} ${JSON.stringify(body)}: ${answer.text}`);
    }),
    { numRuns: 300, examples: mutations.map((mutation): [typeof mutation, object] => [mutation, {}]) },
  );
});

describe('the reader of debits', () => {
  const wild = fc.dictionary(
    fc.constantFrom('feature', 'usage', 'mode', 'occurredAt', 'endUser', 'metadata', 'accountId', 'idempotencyKey', 'other'),
    fc.oneof(
      fc.constantFrom('captions', 'authorize', 'record', '2026-03-22T00:00:00Z', '2026-02-30T00:00:00Z', '', ' ', '9x', 'k'),
      fc.dictionary(fc.constantFrom('minutes', 'tokens', '9', ''), fc.constantFrom('1', '1e3', '1.5', 7, null)),
      fc.jsonValue({ maxDepth: 1 }),
    ),
  );
  const sound = fc.record(
    {
      feature: fc.constant('captions'),
      usage: fc.dictionary(fc.constantFrom('minutes', 'tokens'), fc.constantFrom('1', '0.5'), { minKeys: 1 }),
      mode: fc.constantFrom('authorize', 'record'),
      occurredAt: fc.constantFrom('2026-03-22T00:00:00.123+02:00', '2026-03-22T00:00:00'),
      endUser: fc.string({ unit: 'grapheme-ascii', minLength: 1 }),
      metadata: fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme-ascii' })),
      accountId: fc.constantFrom('acc-1', '/'),
      idempotencyKey: fc.constantFrom('key', 'sys:key', 'with blank'),
    },
    { requiredKeys: ['feature', 'usage'] },
  );

  it('takes and refuses what the documented schemas do', () => {
    const inBulk = newDebitsOfAccounts.shape.items.element;
    fc.assert(
      fc.property(fc.oneof(wild, sound), (raw) => {
        // What a schema of values cannot say: how many meters there are, and how keys begin.
        const usage = (raw as { usage?: unknown }).usage;
        const meters = typeof usage === 'object' && usage !== null ? Object.keys(usage).length : 1;
        const key = (raw as { idempotencyKey?: unknown }).idempotencyKey;
        const single = 'code' in readDebit(raw, '', { accountId: 'a', idempotencyKey: 'k' });
        const bulk = 'code' in readDebit(raw, '', { accountId: null, idempotencyKey: null });
        expect(single).toBe(!newDebit.safeParse(raw).success || meters < 1);
        expect(bulk).toBe(!inBulk.safeParse(raw).success || meters < 1 || (typeof key === 'string' && !/^(?!sys:)[!-~]{1,255}$/.test(key)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('keeps metadata to 4 kB', async () => {
    const read = (metadata: unknown) => readDebit({ feature: 'a', usage: { b: '1' }, metadata }, '', { accountId: 'a', idempotencyKey: 'k' });
    expect('code' in read({ text: 'x'.repeat(4_085) })).toBe(false);
    expect('code' in read({ text: 'x'.repeat(4_086) })).toBe(true);
    expect('code' in read({ text: 'é'.repeat(2_043) })).toBe(true);
    expect(codeOf(await debit({ feature: 'captions', usage: { minutes: '1' }, metadata: { a: { b: 'c' } } }))).toBe('invalid-request');
  });
});

it.each([
  ['2026-03-22T12:00:00Z', Date.UTC(2026, 2, 22, 12)],
  ['2026-03-22T12:00:00.1239Z', Date.UTC(2026, 2, 22, 12, 0, 0, 123)],
  ['2026-03-22T12:00:00+05:30', Date.UTC(2026, 2, 22, 6, 30)],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ['2026-02-29T00:00:00Z', undefined],
  ['2026-02-30T00:00:00Z', undefined],
  ['2026-13-01T00:00:00Z', undefined],
  ['2026-03-22T25:00:00Z', undefined],
  ['2026-03-22T23:59:60Z', undefined],
  ['2026-03-22T12:00:00+99:99', undefined],
  ['2026-03-22', undefined],
  ['2026-03-22T12:00:00', undefined],
  ['22 March 2026', undefined],
  ['0000-01-01T00:00:00Z', undefined],
  ['1969-12-31T23:59:59Z', undefined],
])('the instant %s', (text, instant) => {
  expect(parseInstant(text)).toBe(instant);
});

it('an idempotency key that only looks like another one is another one', async () => {
  const key = randomUUID();
  expect(codeOf(await customer.debit('none', { minutes: '1' }, {}, key))).toBe('feature-not-ordered');
  expect(codeOf(await customer.debit('none', { minutes: '1' }, {}, key.toUpperCase()))).toBe('feature-not-ordered');
});
