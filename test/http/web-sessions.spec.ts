import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openedSessionAnswer, sessionAnswer, signInLinkAnswer } from '../../src/http/schemas/sessions.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, type Answer } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let other: Customer;
let wallNow = Date.now();

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { parts: { wallClock: { now: () => wallNow }, frameAncestors: ['https://console.example.com'] } });
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['100']);
  other = await market.customer({ captions: { minutes: '3' } }, ['100']);
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

const OURS = { 'sec-fetch-site': 'same-origin' };

async function linkOf(secret: string, request: object = {}): Promise<string> {
  const answer = await service.post('/v1/sign-in-links', request, { secret, idempotencyKey: null });
  return ok(answer, signInLinkAnswer).path.split('#')[1] ?? '';
}

function open(link: string, headers: Readonly<Record<string, string>> = OURS): Promise<Answer> {
  return service.post('/v1/sessions', { link }, { idempotencyKey: null, headers });
}

/** The cookie of a new session, as a browser sends it back. */
async function cookieOf(secret: string, request: object = {}): Promise<string> {
  return cookieIn(await open(await linkOf(secret, request)));
}

function cookieIn(answer: Answer): string {
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

function ask(method: 'GET' | 'POST' | 'DELETE', url: string, cookie: string, headers: Readonly<Record<string, string>> = OURS, body?: object): Promise<Answer> {
  return service.send(method, url, body, { headers: { cookie, ...headers } });
}

describe('a sign-in link', () => {
  it('opens one session, with the rights of its key, by a cookie that no script reads and no other site sends', async () => {
    const answer = await open(await linkOf(customer.admin));
    expect(ok(answer, openedSessionAnswer)).toMatchObject({ scopes: ['account:admin'], accountId: customer.accountId, bearer: null });
    expect(String(answer.headers['set-cookie'])).toMatch(/^credits_session=kas_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Expires=[^;]+ GMT$/);
    const session = ok(await ask('GET', '/v1/session', cookieIn(answer)), sessionAnswer);
    expect(session).toMatchObject({ scopes: ['account:admin'], accountId: customer.accountId, sandbox: true });
    expect((await ask('GET', `${customer.url}/balance`, cookieIn(answer))).status).toBe(200);
  });

  it('works once, also when it is brought twice at the same time', async () => {
    const link = await linkOf(customer.admin);
    const answers = await Promise.all([open(link), open(link), open(link)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401]);
    expect(codeOf(await open(link))).toBe('sign-in-link-ended');
  });

  it('ends by itself, and with its key', async () => {
    const late = await linkOf(customer.admin, { validMinutes: '1' });
    wallNow += 60_000;
    expect(codeOf(await open(late))).toBe('sign-in-link-ended');
    const short = await service.key(['account:read'], customer.accountId, wallNow + 1_000);
    const link = await linkOf(short);
    wallNow += 1_000;
    expect(codeOf(await open(link))).toBe('sign-in-link-ended');
    expect(codeOf(await open(`kal_${randomBytes(32).toString('base64url')}`))).toBe('sign-in-link-ended');
    expect(codeOf(await open('nonsense'))).toBe('invalid-request');
  });

  it('lends a part of the rights where asked, never more, and never those of a program', async () => {
    const both = await service.key(['operator', 'finance']);
    const cookie = await cookieOf(both, { scopes: ['finance'] });
    expect(ok(await ask('GET', '/v1/session', cookie), sessionAnswer).scopes).toEqual(['finance']);
    const beyond = await service.post('/v1/sign-in-links', { scopes: ['account:admin'] }, { secret: market.operator, idempotencyKey: null });
    expect(codeOf(beyond)).toBe('forbidden');
    const backend = await service.key(['usage:write', 'account:read'], customer.accountId);
    expect(ok(await ask('GET', '/v1/session', await cookieOf(backend)), sessionAnswer).scopes).toEqual(['account:read']);
  });

  it('is refused from another site: nobody is signed in as somebody else', async () => {
    const link = await linkOf(customer.admin);
    expect(codeOf(await open(link, { 'sec-fetch-site': 'cross-site' }))).toBe('forbidden');
    expect(codeOf(await open(link, { origin: 'https://evil.example', host: 'credits.example' }))).toBe('forbidden');
    expect((await open(link, { origin: 'https://credits.example', host: 'credits.example' })).status).toBe(201);
  });

  it('is kept as a digest', async () => {
    const link = await linkOf(customer.admin);
    const cookie = cookieIn(await open(link));
    const rows = await service.database.query<{ row: string }[]>('SELECT sign_in_link::text AS row FROM sign_in_link UNION ALL SELECT web_session::text FROM web_session');
    const kept = rows.map(({ row }) => row).join();
    expect(kept).not.toContain(link.slice(4));
    expect(kept).not.toContain(cookie.slice(-43));
  });
});

describe('a session', () => {
  it('acts only where our own page sends the request (CSRF)', async () => {
    const cookie = await cookieOf(customer.admin);
    const key = { 'idempotency-key': 'csrf-1' };
    const order = { credits: '5' };
    const place = (headers: Readonly<Record<string, string>>) => ask('POST', `${customer.url}/purchases`, cookie, { ...key, ...headers }, order);
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'none' }, { origin: 'https://evil.example' }, { origin: 'null' }, {}]) {
      expect([headers, codeOf(await place(headers as Record<string, string>))]).toEqual([headers, 'unauthenticated']);
    }
    expect((await place(OURS)).status).toBe(201);
  });

  it("sees and changes nothing of another account, and never has an operator's rights", async () => {
    const cookie = await cookieOf(customer.admin);
    for (const path of ['overview', 'entries', 'lots', 'purchases', 'notices', 'burn?from=2026-01-01&through=2026-01-02', 'entries/1/explanation']) {
      expect([path, codeOf(await ask('GET', `${other.url}/${path}`, cookie))]).toEqual([path, 'account-not-found']);
    }
    expect(codeOf(await ask('POST', `${other.url}/purchases`, cookie, { ...OURS, 'idempotency-key': 'x' }, { credits: '1' }))).toBe('account-not-found');
    expect(codeOf(await ask('POST', `${customer.url}/grants`, cookie, { ...OURS, 'idempotency-key': 'x' }, {}))).toBe('forbidden');
  });

  it('is no other one when its cookie is tampered with', async () => {
    const cookie = await cookieOf(customer.admin);
    const last = cookie.endsWith('A') ? 'B' : 'A';
    for (const tampered of [cookie.slice(0, -1) + last, `${cookie}x`, cookie.replace('kas_', 'kac_'), 'credits_session=', 'credits_session=kas_']) {
      expect([tampered, codeOf(await ask('GET', '/v1/session', tampered))]).toEqual([tampered, 'unauthenticated']);
    }
  });

  it('ends at its time, by signing out, and with its key, within two seconds', async () => {
    const secret = await service.key(['account:read'], customer.accountId);
    const { keyId } = ok(await service.get('/v1/session', secret), sessionAnswer);
    const [signedOut, revoked] = [await cookieOf(secret), await cookieOf(secret)];
    const out = await ask('DELETE', '/v1/session', signedOut);
    expect([out.status, out.body, out.headers['set-cookie']]).toEqual([200, { location: null }, expect.stringContaining('Expires=Thu, 01 Jan 1970')]);
    wallNow += 2_000;
    expect(codeOf(await ask('GET', '/v1/session', signedOut))).toBe('unauthenticated');
    expect((await ask('GET', '/v1/session', revoked)).status).toBe(200);
    await service.send('DELETE', `/v1/api-keys/${keyId}`, undefined, { secret: market.operator });
    wallNow += 2_000;
    expect(codeOf(await ask('GET', '/v1/session', revoked))).toBe('unauthenticated');
    const aged = await cookieOf(customer.admin);
    wallNow += 12 * 3_600_000;
    expect(codeOf(await ask('GET', '/v1/session', aged))).toBe('unauthenticated');
  });

  it('is held by the page itself in a frame, without a cookie', async () => {
    const answer = await open(await linkOf(customer.admin, { inFrame: true }));
    const { bearer } = ok(answer, openedSessionAnswer);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect((await service.get(`${customer.url}/overview`, bearer ?? '')).status).toBe(200);
    expect(codeOf(await service.get(`${other.url}/overview`, bearer ?? ''))).toBe('account-not-found');
  });

  it('has a Secure cookie where people come over https', async () => {
    const answer = await open(await linkOf(customer.admin), { ...OURS, 'x-forwarded-proto': 'https' });
    expect(String(answer.headers['set-cookie'])).toMatch(/; Secure$/);
  });
});

describe('the pages', () => {
  it('run only what comes from here, and stand in the frames that are named, if at all', async () => {
    const page = await service.send('GET', '/app/a/anything/ledger', undefined, {});
    const policy = String(page.headers['content-security-policy']);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    for (const part of ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"]) expect(policy).toContain(part);
    expect(policy).not.toMatch(/unsafe|https?:/);
    expect(page.text).not.toMatch(/<script(?![^>]*src="\/app\/assets\/)|style=|https?:/);
    const framed = await service.send('GET', '/app/frame', undefined, {});
    expect(String(framed.headers['content-security-policy'])).toContain('frame-ancestors https://console.example.com;');
  });

  it.each(['/app/assets/none.js', '/app/../package.json', '/app/%2e%2e/package.json', '/app/..%2f..%2fpackage.json', '/app/.stamp.json'])('serve no other file: %s', async (url) => {
    const answer = await service.send('GET', url, undefined, {});
    expect(answer.text).not.toContain('devDependencies');
    expect(answer.status).toBe(404);
  });
});
