import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { apiKeysAnswer, newApiKeyAnswer } from '../../src/http/schemas/answers.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, problem, type Answer } from '../support/service.js';

type IssuedKey = z.infer<typeof newApiKeyAnswer>;

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let other: Customer;
let wallNow = Date.now();

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { parts: { wallClock: { now: () => wallNow }, rateLimit: { requests: 50, windowSeconds: 10 } } });
  market = await Market.open(service);
  customer = await market.account();
  other = await market.account();
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

const issue = async (more: object = {}, secret = market.operator): Promise<IssuedKey> =>
  ok(await service.post('/v1/api-keys', { label: 'backend', scopes: ['account:read'], accountId: customer.accountId, ...more }, secret), newApiKeyAnswer);
const rotate = (keyId: string, body: object = {}, secret = market.operator, idempotencyKey = randomUUID()): Promise<Answer> =>
  service.post(`/v1/api-keys/${keyId}/rotation`, body, { secret, idempotencyKey });
const balance = (secret: string | undefined): Promise<Answer> => service.get(`${customer.url}/balance`, secret);

describe('rotation', () => {
  it('gives a new secret with the same rights, and both pass until the overlap has gone by', async () => {
    const old = await issue({ rateLimit: '7' });
    const key = randomUUID();
    const fresh = ok(await rotate(old.keyId, { overlapSeconds: '60' }, market.operator, key), newApiKeyAnswer);
    expect(fresh).toMatchObject({ rotatedFrom: old.keyId, scopes: old.scopes, accountId: old.accountId, label: old.label, rateLimit: 7, expiresAt: null });
    expect(fresh.secret).not.toBe(old.secret);
    const replay = await rotate(old.keyId, { overlapSeconds: '60' }, market.operator, key);
    expect([replay.headers['idempotency-replayed'], ok(replay, newApiKeyAnswer).secret]).toEqual(['true', undefined]);
    wallNow += 59_999;
    expect([(await balance(old.secret)).status, (await balance(fresh.secret)).status]).toEqual([200, 200]);
    wallNow += 1;
    expect([(await balance(old.secret)).status, (await balance(fresh.secret)).status]).toEqual([401, 200]);
  });

  it('is noticed by an instance that remembers the old key within two seconds', async () => {
    const old = await issue();
    expect((await balance(old.secret)).status).toBe(200);
    ok(await rotate(old.keyId, { overlapSeconds: '0' }), newApiKeyAnswer);
    wallNow += 2_000;
    expect((await balance(old.secret)).status).toBe(401);
  });

  it('never lets the old key live longer than it would have, and gives the new one as long a life', async () => {
    const old = await issue({ expiresAt: new Date(wallNow + 30_000).toISOString() });
    const fresh = ok(await rotate(old.keyId), newApiKeyAnswer);
    expect(Date.parse(fresh.expiresAt ?? '') - Date.parse(fresh.createdAt)).toBe(30_000);
    const { items } = ok(await service.get(`/v1/api-keys?accountId=${customer.accountId}`, market.operator), apiKeysAnswer);
    expect(items.find(({ keyId }) => keyId === old.keyId)?.expiresAt).toBe(old.expiresAt);
  });

  it('is refused for a key that has ended, for one that is not there, and into the past', async () => {
    const revoked = await issue();
    await service.send('DELETE', `/v1/api-keys/${revoked.keyId}`, undefined, { secret: market.operator });
    expect(codeOf(await rotate(revoked.keyId))).toBe('api-key-ended');
    const expired = await issue({ expiresAt: new Date(wallNow + 1_000).toISOString() });
    wallNow += 1_000;
    expect(codeOf(await rotate(expired.keyId))).toBe('api-key-ended');
    expect(codeOf(await rotate('nothing'))).toBe('api-key-not-found');
    const living = await issue();
    expect(problem(await rotate(living.keyId, { expiresAt: '2020-01-01T00:00:00Z' }))).toMatchObject({ code: 'invalid-request', pointer: '/expiresAt' });
    expect(codeOf(await rotate(living.keyId, { overlapSeconds: '604801' }))).toBe('invalid-request');
  });

  it("is an admin's for the keys of its own account", async () => {
    const own = await issue({}, customer.admin);
    expect(ok(await rotate(own.keyId, {}, customer.admin), newApiKeyAnswer).accountId).toBe(customer.accountId);
    expect(codeOf(await rotate(own.keyId, {}, other.admin))).toBe('api-key-not-found');
    expect(codeOf(await rotate(own.keyId, {}, customer.backend))).toBe('forbidden');
  });
});

describe('the last use of a key', () => {
  it('is on record once the service has written it, at the latest when it ends', async () => {
    const { keyId, secret } = await issue();
    expect((await balance(secret)).status).toBe(200);
    const usedAt = wallNow;
    const second = await TestService.start(database.writerUrl, { parts: { wallClock: { now: () => usedAt - 5_000 } } });
    expect((await second.get(`${customer.url}/balance`, secret)).status).toBe(200);
    const lastUse = async (): Promise<unknown> => {
      const { items } = ok(await service.get('/v1/api-keys', customer.admin), apiKeysAnswer);
      return items.find((key) => key.keyId === keyId)?.lastUsedAt;
    };
    expect(await lastUse()).toBeNull();
    const third = await TestService.start(database.writerUrl, { parts: { wallClock: { now: () => usedAt } } });
    expect((await third.get(`${customer.url}/balance`, secret)).status).toBe(200);
    await third.stop();
    await second.stop();
    // The one that wrote last had seen it earlier.
    expect(await lastUse()).toBe(new Date(usedAt).toISOString());
  });
});

describe('a key that asks too often', () => {
  it('is told how often it may with every answer, and refused beyond that until the window has gone by', async () => {
    const { secret } = await issue({ rateLimit: '3' });
    wallNow += 10_000;
    const answers: Answer[] = [];
    for (let i = 0; i < 4; i += 1) answers.push(await balance(secret));
    expect(answers.map(({ status, headers }) => [status, headers['ratelimit-policy'], headers['ratelimit']])).toEqual([
      [200, '"key";q=3;w=10', '"key";r=2;t=10'],
      [200, '"key";q=3;w=10', '"key";r=1;t=10'],
      [200, '"key";q=3;w=10', '"key";r=0;t=10'],
      [429, '"key";q=3;w=10', '"key";r=0;t=10'],
    ]);
    expect([codeOf(answers[3] as Answer), answers[3]?.headers['retry-after']]).toEqual(['rate-limited', '10']);
    wallNow += 7_500;
    expect((await balance(secret)).headers['retry-after']).toBe('3');
    wallNow += 2_500;
    expect([(await balance(secret)).status, (await balance(secret)).status]).toEqual([200, 200]);
  });

  it('holds up no other key, of the same account neither, and refusals count as well', async () => {
    const { secret } = await issue({ rateLimit: '1' });
    expect(codeOf(await service.post('/v1/rate-cards', {}, secret ?? ''))).toBe('forbidden');
    expect((await balance(secret)).status).toBe(429);
    expect((await balance(customer.admin)).status).toBe(200);
  });

  it('has the limit of the deployment unless an operator gave it its own', async () => {
    const { secret } = await issue();
    expect((await balance(secret)).headers['ratelimit-policy']).toBe('"key";q=50;w=10');
    const refused = await service.post('/v1/api-keys', { label: 'x', scopes: ['account:read'], rateLimit: '1000000' }, customer.admin);
    expect(problem(refused)).toMatchObject({ code: 'forbidden', pointer: '/rateLimit' });
    for (const rateLimit of ['0', '1000001', '-1', 5]) {
      expect(problem(await service.post('/v1/api-keys', { label: 'x', scopes: ['operator'], rateLimit }, market.operator)).pointer).toBe('/rateLimit');
    }
  });

  it('is let in at once by a clock that was set back', async () => {
    const { secret } = await issue({ rateLimit: '1' });
    await balance(secret);
    expect((await balance(secret)).status).toBe(429);
    wallNow -= 1;
    expect((await balance(secret)).status).toBe(200);
  });
});
