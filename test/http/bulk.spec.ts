import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { bookedAnswer, bulkAnswer } from '../../src/http/schemas/answers.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, type Answer } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let other: Customer;
let platform: string;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['10000']);
  other = await market.customer({ captions: { minutes: '3' } }, ['10000']);
  platform = await service.key(['usage:write']);
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

type BookedVerdict = Extract<z.infer<typeof bulkAnswer>['items'][number], { readonly entry: unknown }>;

const item = (more: object = {}) => ({ idempotencyKey: randomUUID(), feature: 'captions', usage: { minutes: '1' }, ...more });
const bulk = (items: unknown, secret = customer.backend): Promise<Answer> =>
  service.post(`${customer.url}/debits/bulk`, { items }, { secret, idempotencyKey: null });

/** Each verdict in a few words: what was booked, or why not and where. */
function inShort(answer: Answer): unknown[] {
  return ok(answer, bulkAnswer).items.map((verdict) =>
    'problem' in verdict ? [verdict.status, verdict.problem.code, verdict.problem.pointer] : [verdict.status, verdict.replayed, verdict.entry.credits],
  );
}

describe('a bulk', () => {
  it('gives each item its own verdict, in order, and a bad one fails no other', async () => {
    const used = item();
    ok(await customer.debit('captions', { minutes: '1' }, {}, used.idempotencyKey), bookedAnswer);
    const before = Number(await customer.balance());
    const answer = await bulk([
      item(),
      item({ usage: { minutes: 'NaN' } }),
      used,
      { ...used, usage: { minutes: '2' } },
      item({ feature: 'avatar.vod' }),
      item({ usage: { minutes: '100000' } }),
      item({ idempotencyKey: 'sys:x' }),
      item({ accountId: customer.accountId }),
      'nonsense',
      null,
      [],
      item({ usage: { hours: '1' } }),
      item(),
    ]);
    expect(answer.status).toBe(200);
    expect(inShort(answer)).toEqual([
      [201, false, '3.000000000'],
      [422, 'invalid-amount', '/items/1/usage/minutes'],
      [201, true, '3.000000000'],
      [422, 'idempotency-key-reused', undefined],
      [403, 'feature-not-ordered', '/items/4/feature'],
      [402, 'insufficient-credits', undefined],
      [400, 'invalid-idempotency-key', '/items/6/idempotencyKey'],
      [422, 'invalid-request', '/items/7/accountId'],
      [422, 'invalid-request', '/items/8'],
      [422, 'invalid-request', '/items/9'],
      [422, 'invalid-request', '/items/10'],
      [422, 'no-rate-for-meter', '/items/11/usage'],
      [201, false, '3.000000000'],
    ]);
    expect(before - Number(await customer.balance())).toBe(6);
  });

  it('gives the same entry as a single debit under the same key', async () => {
    const one = item();
    const [verdict] = ok(await bulk([one]), bulkAnswer).items;
    const single = ok(await customer.debit('captions', { minutes: '1' }, {}, one.idempotencyKey), bookedAnswer);
    expect(verdict).toEqual({ status: 201, replayed: false, ...single });
  });

  it('books one key once, also twice in one bulk and in two bulks at the same moment', async () => {
    const items = Array.from({ length: 100 }, () => item());
    const answers = await Promise.all([bulk([...items, ...items]), bulk(items)]);
    const entries = answers.flatMap((answer) => ok(answer, bulkAnswer).items).filter((verdict): verdict is BookedVerdict => 'entry' in verdict);
    expect(entries).toHaveLength(300);
    expect(entries.filter(({ replayed }) => !replayed)).toHaveLength(100);
    expect(new Set(entries.map(({ entry }) => entry.seq)).size).toBe(100);
  });

  it('takes 1,000 items, and no more', async () => {
    const items = Array.from({ length: 1_001 }, () => item({ usage: { minutes: '0' } }));
    expect(codeOf(await bulk(items))).toBe('invalid-request');
    expect(new Set(inShort(await bulk(items.slice(1))).map((verdict) => JSON.stringify(verdict)))).toEqual(new Set(['[201,false,"0.000000000"]']));
  });

  it.each([{}, { items: [] }, { items: {} }, { items: 'x' }, [], null, '"x"', 7, { items: [{}], more: 1 }])('is not %j', async (body) => {
    const answer = await service.post(`${customer.url}/debits/bulk`, body, { secret: customer.backend, idempotencyKey: null });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'invalid-request']);
  });
});

describe('a bulk over several accounts', () => {
  const bulkOfAccounts = (items: unknown, secret: string): Promise<Answer> => service.post('/v1/debits', { items }, { secret, idempotencyKey: null });

  it('debits each of them, with verdicts of their own', async () => {
    const items = [item({ accountId: customer.accountId }), item({ accountId: other.accountId }), item({ accountId: 'nobody' }), item()];
    expect(inShort(await bulkOfAccounts(items, platform))).toEqual([
      [201, false, '3.000000000'],
      [201, false, '3.000000000'],
      [404, 'account-not-found', undefined],
      [422, 'invalid-request', '/items/3/accountId'],
    ]);
  });

  it("does not reach another account with an account's key", async () => {
    const items = [item({ accountId: customer.accountId }), item({ accountId: other.accountId })];
    expect(inShort(await bulkOfAccounts(items, customer.backend))).toEqual([
      [201, false, '3.000000000'],
      [404, 'account-not-found', '/items/1/accountId'],
    ]);
  });
});
