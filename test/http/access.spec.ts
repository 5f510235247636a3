import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { SCOPES, type Scope } from '../../src/domain/api-key.js';
import { ACCESS } from '../../src/http/access/access-table.js';
import { admitRequests } from '../../src/http/access/admission.js';
import { KeyUses } from '../../src/http/access/key-uses.js';
import { KnownKeys } from '../../src/http/access/known-keys.js';
import { RateLimits } from '../../src/http/access/rate-limits.js';
import { apiKeyAnswer, apiKeysAnswer, newApiKeyAnswer } from '../../src/http/schemas/answers.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, problem } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let other: Customer;
let wallNow = Date.now();

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { parts: { wallClock: { now: () => wallNow } } });
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['100']);
  other = await market.customer({ captions: { minutes: '3' } }, ['100']);
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

/** An address of that pattern; nothing of it but the account has to exist. */
function addressOf(pattern: string, accountId: string): string {
  return pattern.replace(':accountId', accountId).replace(':seq', '1').replace(':version', '1').replaceAll(/:\w+/g, 'anything');
}

describe('the access table', () => {
  it('has a row for every route, and no other', () => {
    const server = service.app.getHttpAdapter().getInstance();
    const registered = Object.keys(ACCESS).filter((row) => {
      const [method = 'GET', url = ''] = row.split(' ');
      return server.hasRoute({ method, url });
    });
    expect(registered).toEqual(Object.keys(ACCESS));
    const bare = fastify();
    const clock = { now: () => 0 };
    admitRequests(bare, {
      keys: new KnownKeys(() => Promise.resolve(null), Buffer.alloc(32), clock),
      sessions: new KnownKeys(() => Promise.resolve(null), Buffer.alloc(32), clock),
      people: null,
      limits: new RateLimits({ requests: 1, windowSeconds: 1 }, clock),
      uses: new KeyUses(
        () => Promise.resolve(),
        () => undefined,
      ),
      clock,
      draining: () => false,
    });
    expect(() => bare.get('/v1/clock', () => undefined)).not.toThrow();
    expect(() => bare.get('/v1/unlisted', () => undefined)).toThrow('GET /v1/unlisted is not in the access table');
  });

  it('is public only for health, problems and the description', () => {
    const open = Object.entries(ACCESS).filter(([, { scopes }]) => scopes === 'public');
    expect(open.map(([route]) => route)).toEqual([
      'GET /health/live',
      'GET /health/ready',
      'GET /docs',
      'GET /openapi.json',
      'GET /problems',
      'GET /problems/:code',
      'GET /app',
      'GET /app/*',
      'GET /queues',
      'GET /queues/',
      'GET /queues/static/*',
      'GET /queues/queue/:queueName',
      'GET /queues/queue/:queueName/:jobId',
      'GET /contacts/verify',
      'POST /contacts/verify',
      'GET /v1/signing-keys',
      'GET /verify.mjs',
      'GET /v1/privacy-notices',
      'GET /v1/privacy-notices/:version',
      'POST /v1/sessions',
      'GET /v1/sign-in-ways',
      'POST /v1/sign-ins',
      'POST /v1/sign-ins/completion',
    ]);
  });

  it('takes signatures instead of keys only from a payment provider', () => {
    const signed = Object.entries(ACCESS).filter(([, { scopes }]) => scopes === 'signed');
    expect(signed.map(([route]) => route)).toEqual(['POST /v1/payment-providers/stripe/events']);
  });

  it('asks for an idempotency key wherever a POST changes something', () => {
    const without = Object.entries(ACCESS).filter(([route, { idempotencyKey }]) => route.startsWith('POST') && !idempotencyKey);
    expect(without.map(([route]) => route)).toEqual([
      'POST /contacts/verify',
      'POST /v1/accounts/:accountId/contacts/:contactId/link',
      'POST /v1/accounts/:accountId/contacts/:contactId/bounce',
      'POST /v1/accounts/:accountId/webhooks/:endpointId/enable',
      'POST /v1/accounts/:accountId/webhooks/:endpointId/test',
      'POST /v1/accounts/:accountId/deliveries/replay',
      'POST /v1/accounts/:accountId/deliveries/:deliveryId/replay',
      'POST /v1/accounts/:accountId/alert-rules/rehearsal',
      // Money has the provider's own ids.
      'POST /v1/payments/remittance',
      'POST /v1/payment-providers/stripe/events',
      'POST /v1/accounts/:accountId/debits/bulk',
      'POST /v1/debits',
      'POST /v1/accounts/:accountId/debits/quote',
      'POST /v1/accounts/:accountId/holds/quote',
      'POST /v1/reconciliations/usage-file',
      'POST /v1/reconciliations/settlement-file',
      'POST /v1/accounts/:accountId/end-user-entries',
      'POST /v1/sign-in-links',
      'POST /v1/sessions',
      'POST /v1/sign-ins',
      'POST /v1/sign-ins/completion',
      'POST /v1/noop',
    ]);
  });

  it('lets nobody but an admin of the account buy (P6)', () => {
    expect(ACCESS['POST /v1/accounts/:accountId/purchases']?.scopes).toEqual(['account:admin']);
  });

  it.each(Object.entries(ACCESS).filter(([, { scopes }]) => typeof scopes !== 'string'))('%s', async (route, { scopes }) => {
    const [method = 'GET', pattern = ''] = route.split(' ');
    const url = addressOf(pattern, customer.accountId);
    // A stream of events would not end by itself: an id that it cannot know is refused behind the same door.
    const headers = { 'last-event-id': 'unknown' };
    const send = (secret?: string) => service.send(method as 'GET', url, method === 'POST' ? {} : undefined, { secret, headers });
    const anonymous = await send();
    expect([codeOf(anonymous), anonymous.headers['www-authenticate']]).toEqual(['unauthenticated', 'Bearer realm="credits"']);
    for (const scope of SCOPES) {
      const bound = scope.startsWith('account:');
      const answer = await send(await service.key([scope], bound ? customer.accountId : null));
      const refused = answer.status === 403 && codeOf(answer) === 'forbidden';
      expect([scope, refused]).toEqual([scope, !(scopes as readonly Scope[]).includes(scope)]);
    }
  });

  it.each(Object.keys(ACCESS).filter((route) => route.includes(':accountId')))("%s: another account's is not there", async (route) => {
    const [method = 'GET', pattern = ''] = route.split(' ');
    const [scope] = (ACCESS[route]?.scopes ?? []) as readonly Scope[];
    if (scope === undefined || scope === 'operator' || scope === 'finance') return;
    const secret = await service.key([scope], customer.accountId);
    const answer = await service.send(method as 'GET', addressOf(pattern, other.accountId), method === 'POST' ? {} : undefined, { secret });
    expect([answer.status, codeOf(answer)]).toEqual([404, 'account-not-found']);
  });
});

describe('a request without a valid key', () => {
  it.each(['', 'Bearer ', 'Basic YTpi', 'Bearer nonsense', `Bearer kac_${'x'.repeat(43)}`, `bearer kac_${'x'.repeat(43)}`])('is refused with %p', async (authorization) => {
    const answer = await service.send('GET', `${customer.url}/balance`, undefined, { headers: { authorization } });
    expect(codeOf(answer)).toBe('unauthenticated');
  });

  it('is refused before its body is read', async () => {
    const answer = await service.send('POST', `${customer.url}/debits`, 'x'.repeat(2_000_000), {});
    expect(answer.status).toBe(401);
  });
});

describe('API keys', () => {
  it('are shown once, and kept as a digest', async () => {
    const key = randomUUID();
    const request = { label: 'captions backend', scopes: ['usage:write'], accountId: customer.accountId };
    const first = await service.post('/v1/api-keys', request, { secret: market.operator, idempotencyKey: key });
    const { secret, ...kept } = ok(first, newApiKeyAnswer);
    expect(secret).toMatch(/^kac_[A-Za-z0-9_-]{43}$/);
    const replay = await service.post('/v1/api-keys', request, { secret: market.operator, idempotencyKey: key });
    expect([replay.headers['idempotency-replayed'], ok(replay, newApiKeyAnswer)]).toEqual(['true', kept]);
    const list = await service.get(`/v1/api-keys?accountId=${customer.accountId}`, market.operator);
    expect(ok(list, apiKeysAnswer).items).toContainEqual(apiKeyAnswer.parse(kept));
    const rows = await service.database.query<{ row: string }[]>('SELECT api_key::text AS row FROM api_key UNION ALL SELECT answer::text FROM catalogue_request');
    expect(rows.map(({ row }) => row).join()).not.toContain((secret ?? '').slice(4));
  });

  it('pass nowhere two seconds after they were revoked', async () => {
    const { secret, keyId } = ok(
      await service.post('/v1/api-keys', { label: 'short', scopes: ['account:read'], accountId: customer.accountId }, market.operator),
      newApiKeyAnswer,
    );
    const balance = () => service.get(`${customer.url}/balance`, secret);
    expect((await balance()).status).toBe(200);
    for (const times of ['once', 'twice']) {
      expect([times, (await service.send('DELETE', `/v1/api-keys/${keyId}`, undefined, { secret: market.operator })).status]).toEqual([times, 204]);
    }
    wallNow += 2_000;
    expect(codeOf(await balance())).toBe('unauthenticated');
  });

  it('expire', async () => {
    const secret = await service.key(['account:read'], customer.accountId, wallNow + 1_000);
    expect((await service.get(`${customer.url}/balance`, secret)).status).toBe(200);
    wallNow += 1_000;
    expect((await service.get(`${customer.url}/balance`, secret)).status).toBe(401);
  });

  it("are an admin's to issue for its own account, with less than its own rights", async () => {
    const issue = (body: object) => service.post('/v1/api-keys', { label: 'x', ...body }, customer.admin);
    const issued = ok(await issue({ scopes: ['usage:write', 'account:read'] }), newApiKeyAnswer);
    expect(issued).toMatchObject({ accountId: customer.accountId, scopes: ['account:read', 'usage:write'] });
    for (const scope of ['account:admin', 'operator', 'finance']) expect(codeOf(await issue({ scopes: [scope] }))).toBe('forbidden');
    expect(codeOf(await issue({ scopes: ['account:read'], accountId: other.accountId }))).toBe('account-not-found');
    expect(codeOf(await service.get(`/v1/api-keys?accountId=${other.accountId}`, customer.admin))).toBe('account-not-found');
    const { items } = ok(await service.get('/v1/api-keys', customer.admin), apiKeysAnswer);
    expect(new Set(items.map(({ accountId }) => accountId))).toEqual(new Set([customer.accountId]));
    const theirs = ok(await service.get(`/v1/api-keys?accountId=${other.accountId}`, market.operator), apiKeysAnswer).items[0];
    expect(codeOf(await service.send('DELETE', `/v1/api-keys/${theirs?.keyId ?? ''}`, undefined, { secret: customer.admin }))).toBe('api-key-not-found');
    expect((await service.send('DELETE', `/v1/api-keys/${issued.keyId}`, undefined, { secret: customer.admin })).status).toBe(204);
  });

  it.each([
    [{ scopes: ['account:admin'] }, '/accountId'],
    [{ scopes: ['account:read'] }, '/accountId'],
    [{ scopes: ['operator'], accountId: 'ACCOUNT' }, '/accountId'],
    [{ scopes: ['account:admin', 'finance'], accountId: 'ACCOUNT' }, '/accountId'],
    [{ scopes: ['account:admin', 'usage:write'], accountId: 'ACCOUNT' }, '/scopes'],
    [{ scopes: [] }, '/scopes'],
    [{ scopes: ['operator', 'operator'] }, '/scopes'],
    [{ scopes: ['root'] }, '/scopes/0'],
  ])('never have rights that do not belong together: %j', async (rights, pointer) => {
    const body = JSON.parse(JSON.stringify({ label: 'x', ...rights }).replace('ACCOUNT', customer.accountId)) as object;
    const refused = problem(await service.post('/v1/api-keys', body, market.operator));
    expect([refused.code, refused.pointer]).toEqual(['invalid-request', pointer]);
  });
});
