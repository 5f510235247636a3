import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { grantedAnswer, placedAnswer } from '../../src/http/schemas/answers.js';
import { endedSessionAnswer, sessionAnswer, signInBegunAnswer, signInWaysAnswer, signedInAnswer } from '../../src/http/schemas/sessions.js';
import { SignInTickets, type SignInUnderWay } from '../../src/http/sign-in/sign-in-tickets.js';
import { PersonSessions } from '../../src/operations/person-sessions.js';
import type { IdentityProvider } from '../../src/platform/identity-provider.js';
import { SIGN_IN_TICKETS, derivedKey } from '../../src/platform/sealing.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { IdentityIssuer } from '../support/identity-issuer.js';
import { CLIENT_ID, CLIENT_SECRET, PlainBrowser, RealIdentityProvider } from '../support/identity-provider.js';
import { Market, type Customer } from '../support/market.js';
import { SEALING_KEY, TestService, codeOf, ok, type Answer } from '../support/service.js';

jest.setTimeout(120_000);

const PUBLIC_URL = 'http://127.0.0.1:3000';
const BACK = `${PUBLIC_URL}/app/sign-in`;
const OURS = { 'sec-fetch-site': 'same-origin' };

let issuer: RealIdentityProvider;
let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let other: Customer;
let wallNow = Date.now();

function providerAt(url: string, more: Partial<NonNullable<IdentityProvider['signIn']>> = {}): IdentityProvider {
  return {
    issuer: url,
    audience: 'credits',
    jwksUri: null,
    rolesClaim: 'roles',
    roles: { 'credits-admin': ['account:admin'], 'credits-operator': ['operator'], 'credits-finance': ['finance'] },
    accountClaim: 'account_id',
    signIn: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scope: 'openid credits', sessionMinutes: 60, ...more },
  };
}

beforeAll(async () => {
  issuer = await RealIdentityProvider.start(PUBLIC_URL);
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { parts: { identityProvider: providerAt(issuer.url), publicUrl: PUBLIC_URL, wallClock: { now: () => wallNow } } });
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['100']);
  other = await market.account();
  issuer.people.set('jane@example.org', { roles: ['credits-admin'], account_id: customer.accountId });
  issuer.people.set('otto@example.org', { roles: ['credits-operator'] });
  issuer.people.set('nobody@example.org', { roles: ['gardener'] });
  issuer.people.set('both@example.org', { roles: ['credits-admin', 'credits-operator'], account_id: customer.accountId });
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
  await issuer.close();
});

const asked = (url: string, body: object, headers: Readonly<Record<string, string>> = OURS, at = service): Promise<Answer> => at.post(url, body, { idempotencyKey: null, headers });

async function begin(body: object = {}): Promise<{ ticket: string; location: string }> {
  return ok(await asked('/v1/sign-ins', body), signInBegunAnswer);
}

/** Goes to the provider and back; answers the ticket and the query with which it sent the browser. */
async function signedAs(login: string, body: object = {}): Promise<{ ticket: string; answer: string }> {
  const { ticket, location } = await begin(body);
  const back = await new PlainBrowser().signIn(location, login, BACK);
  return { ticket, answer: back.search.slice(1) };
}

const complete = (brought: { ticket: string; answer: string }, headers = OURS): Promise<Answer> => asked('/v1/sign-ins/completion', brought, headers);

function cookieOf(answer: Answer): string {
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

async function sessionOf(login: string): Promise<string> {
  const answer = await complete(await signedAs(login));
  ok(answer, signedInAnswer);
  return cookieOf(answer);
}

const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, cookie: string, body?: object): Promise<Answer> => service.send(method, url, body, { headers: { cookie, ...OURS } });

/** As the service itself would have sealed it. */
function ticketWith(change: Partial<SignInUnderWay>, ticket: string): string {
  const tickets = new SignInTickets([derivedKey(SEALING_KEY, SIGN_IN_TICKETS)]);
  const underWay = tickets.read(ticket, wallNow);
  if (underWay === null) throw new Error('no such ticket');
  return tickets.write({ ...underWay, ...change });
}

describe('signing in at the identity provider', () => {
  it('goes there with PKCE, state and nonce, and opens a session with what the roles allow', async () => {
    expect(ok(await service.get('/v1/sign-in-ways'), signInWaysAnswer)).toEqual({ identityProvider: true });
    const { location } = await begin();
    const query = new URL(location).searchParams;
    expect(location.startsWith(`${issuer.url}/auth?`)).toBe(true);
    expect(Object.fromEntries(query)).toMatchObject({ client_id: CLIENT_ID, redirect_uri: BACK, response_type: 'code', scope: 'openid credits', code_challenge_method: 'S256' });
    for (const name of ['code_challenge', 'state', 'nonce']) expect([name, query.get(name)?.length]).toEqual([name, 43]);

    const answer = await complete(await signedAs('jane@example.org', { returnTo: '/a/x/ledger?type=debit' }));
    expect(ok(answer, signedInAnswer)).toMatchObject({ scopes: ['account:admin'], accountId: customer.accountId, returnTo: '/a/x/ledger?type=debit' });
    expect(String(answer.headers['set-cookie'])).toMatch(/^credits_session=kas_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Expires=[^;]+ GMT$/);
    const cookie = cookieOf(answer);
    const session = ok(await ask('GET', '/v1/session', cookie), sessionAnswer);
    expect(session).toMatchObject({ scopes: ['account:admin'], accountId: customer.accountId, keyId: expect.stringMatching(/^person:[0-9a-f]{32}$/) });
    expect((await ask('GET', `${customer.url}/balance`, cookie)).status).toBe(200);
    expect(codeOf(await ask('GET', `${other.url}/balance`, cookie))).toBe('account-not-found');
    expect(codeOf(await ask('GET', '/v1/queues', cookie))).toBe('forbidden');
    const bought = ok(await service.post(`${customer.url}/purchases`, { credits: '1' }, { headers: { cookie, ...OURS } }), placedAnswer);
    expect(bought.entry.actor).toBe(session.keyId);
  });

  it('makes an operator one who cannot buy (P6), and the same person each time', async () => {
    const [first, second] = [await sessionOf('otto@example.org'), await sessionOf('otto@example.org')];
    const granted = await service.post(`${customer.url}/grants`, { kind: 'promotional', credits: '1', reason: 'Thanks.' }, { headers: { cookie: first, ...OURS } });
    const keyIds = await Promise.all([first, second].map(async (cookie) => ok(await ask('GET', '/v1/session', cookie), sessionAnswer).keyId));
    expect(new Set([...keyIds, ok(granted, grantedAnswer).entry.actor]).size).toBe(1);
    expect(codeOf(await service.post(`${customer.url}/purchases`, { credits: '1' }, { headers: { cookie: first, ...OURS } }))).toBe('forbidden');
    // A person lends nobody its rights.
    expect(codeOf(await service.post('/v1/sign-in-links', {}, { idempotencyKey: null, headers: { cookie: first, ...OURS } }))).toBe('forbidden');
  });

  it.each(['nobody@example.org', 'both@example.org', 'stranger@example.org'])('opens nothing for %s, whose roles mean nothing here or do not belong together', async (login) => {
    const answer = await complete(await signedAs(login));
    expect([codeOf(answer), answer.headers['set-cookie']]).toEqual(['forbidden', undefined]);
  });

  it('opens one session, also when the answer is brought twice or at once', async () => {
    const brought = await signedAs('jane@example.org');
    expect((await complete(brought)).status).toBe(201);
    expect(codeOf(await complete(brought))).toBe('sign-in-refused');
    // This provider takes everything back when a code comes twice. Where one does not, our own record says once.
    const twice = await signedAs('jane@example.org');
    const answers = await Promise.all([complete(twice), complete(twice)]);
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThan(2);
    const sessions = new PersonSessions(service.database, { pepper: Buffer.alloc(32, 1), sealingKeys: [Buffer.alloc(32, 2)] }, 60_000, () => wallNow);
    const vouched = { person: `person:${'0'.repeat(32)}`, scopes: ['operator'] as const, accountId: null, signIn: twice.answer, idToken: 'x' };
    const opened = await Promise.allSettled([sessions.open(vouched), sessions.open(vouched), sessions.open(vouched)]);
    expect(opened.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  it('acts only where our own page sends the request (CSRF)', async () => {
    const brought = await signedAs('jane@example.org');
    for (const site of ['cross-site', 'same-site', 'none']) {
      expect([site, codeOf(await complete(brought, { 'sec-fetch-site': site }))]).toEqual([site, 'forbidden']);
      expect([site, codeOf(await asked('/v1/sign-ins', {}, { 'sec-fetch-site': site }))]).toEqual([site, 'forbidden']);
    }
    expect((await complete(brought)).status).toBe(201);
  });

  it('keeps no token, code or name in the clear', async () => {
    const { ticket, answer } = await signedAs('jane@example.org');
    const cookie = cookieOf(await complete({ ticket, answer }));
    const rows = await service.database.query<{ row: string }[]>(`SELECT person_session::text || encode(sealed_id_token, 'escape') AS row FROM person_session`);
    const kept = rows.map(({ row }) => row).join();
    const query = new URLSearchParams(answer);
    expect(rows.length).toBeGreaterThan(0);
    for (const secret of [cookie.slice(-43), query.get('code'), query.get('state'), 'jane', 'eyJ']) expect(kept).not.toContain(secret);
    expect(Buffer.from(ticket.slice(4), 'base64url').toString('latin1')).not.toContain(query.get('state'));
  });
});

describe('what does not fit together opens nothing', () => {
  it.each<[string, (brought: { ticket: string; answer: string }) => { ticket: string; answer: string } | Promise<{ ticket: string; answer: string }>]>([
    ['another state', ({ ticket, answer }) => ({ ticket, answer: answer.replace(/state=[^&]*/, 'state=another') })],
    ['no state', ({ ticket, answer }) => ({ ticket, answer: answer.replace(/&?state=[^&]*/, '') })],
    ['two states', ({ ticket, answer }) => ({ ticket, answer: `${answer}&state=another` })],
    ['another browser’s ticket', async ({ answer }) => ({ ticket: (await begin()).ticket, answer })],
    ['no ticket', ({ answer }) => ({ ticket: '', answer })],
    ['a ticket of one’s own making', ({ answer }) => ({ ticket: `kat_${randomBytes(200).toString('base64url')}`, answer })],
    ['a ticket with one letter changed', ({ ticket, answer }) => ({ ticket: ticket.slice(0, 60) + (ticket[60] === 'A' ? 'B' : 'A') + ticket.slice(61), answer })],
    ['another nonce', ({ ticket, answer }) => ({ ticket: ticketWith({ nonce: 'another' }, ticket), answer })],
    ['another verifier (PKCE)', ({ ticket, answer }) => ({ ticket: ticketWith({ verifier: 'x'.repeat(43) }, ticket), answer })],
    ['another code', ({ ticket, answer }) => ({ ticket, answer: answer.replace(/code=[^&]*/, 'code=guessed') })],
    ['another issuer', ({ ticket, answer }) => ({ ticket, answer: answer.replace(/iss=[^&]*/, 'iss=https%3A%2F%2Fevil.example') })],
    ['what is no answer at all', ({ ticket }) => ({ ticket, answer: '%%%&&&=\\' })],
    ['nothing', ({ ticket }) => ({ ticket, answer: '' })],
    ['a refusal of the provider', ({ ticket, answer }) => ({ ticket, answer: answer.replace(/code=[^&]*/, 'error=access_denied&error_description=%3Cscript%3E') })],
  ])('%s', async (_, tampered) => {
    const answer = await complete(await tampered(await signedAs('jane@example.org')));
    expect([codeOf(answer), answer.headers['set-cookie'], answer.text.includes('script')]).toEqual(['sign-in-refused', undefined, false]);
  });

  it('a sign-in that took longer than ten minutes', async () => {
    const brought = await signedAs('jane@example.org');
    wallNow += 10 * 60_000;
    expect(codeOf(await complete(brought))).toBe('sign-in-refused');
  });

  it.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/%5c%5cevil.example/../..//evil', '/a/../../../x', 'javascript:alert(1)', '/a//evil.example', '/a\n', '/#kal_x', ' /a', 'a'])(
    'an address to return to that is not of the web account: %j',
    async (returnTo) => {
      expect(codeOf(await asked('/v1/sign-ins', { returnTo }))).toBe('invalid-request');
    },
  );
});

describe('an ID token that is not right opens nothing', () => {
  let loose: IdentityIssuer;
  let fresh: TestService;

  beforeAll(async () => {
    loose = await IdentityIssuer.start();
    fresh = await TestService.start(database.writerUrl, { parts: { identityProvider: providerAt(loose.url), publicUrl: 'https://credits.example' } });
  });
  afterAll(async () => {
    await fresh.stop();
    await loose.close();
  });

  async function withToken(tokenOf: (claims: { nonce: string; aud: string; roles: string[] }) => Promise<string>): Promise<Answer> {
    const { ticket, location } = ok(await asked('/v1/sign-ins', {}, OURS, fresh), signInBegunAnswer);
    const query = new URL(location).searchParams;
    loose.idToken = await tokenOf({ nonce: query.get('nonce') ?? '', aud: CLIENT_ID, roles: ['credits-operator'] });
    return asked('/v1/sign-ins/completion', { ticket, answer: `code=any&state=${query.get('state') ?? ''}` }, OURS, fresh);
  }

  it('though a right one does', async () => {
    const answer = await withToken((claims) => loose.token(claims, Date.now()));
    expect(answer.status).toBe(201);
    // People come over https here, whatever the proxy in front says.
    expect(String(answer.headers['set-cookie'])).toMatch(/; SameSite=Strict; .*; Secure$/);
  });

  it.each<[string, object]>([
    ['for another client', { aud: 'another-client' }],
    ['for several, of whom another one asked', { aud: [CLIENT_ID, 'another'], azp: 'another' }],
    ['of another issuer', { iss: 'https://elsewhere.example' }],
    ['with another nonce', { nonce: 'another' }],
    ['without a nonce', { nonce: undefined }],
    ['that has expired', { exp: Math.floor(Date.now() / 1_000) - 3_600, iat: Math.floor(Date.now() / 1_000) - 7_200 }],
    ['without a person', { sub: undefined }],
  ])('%s', async (_, change) => {
    expect(codeOf(await withToken((claims) => loose.token({ ...claims, ...change }, Date.now())))).toBe('sign-in-refused');
  });

  it('signed by nobody, or by somebody else', async () => {
    const unsigned = async (claims: object): Promise<string> => {
      const [, payload = ''] = (await loose.token(claims, Date.now())).split('.');
      return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    };
    expect(codeOf(await withToken(unsigned))).toBe('sign-in-refused');
    const stranger = await IdentityIssuer.start();
    const forged = await withToken((claims) => stranger.token({ ...claims, iss: loose.url }, Date.now()));
    await stranger.close();
    expect(codeOf(forged)).toBe('sign-in-refused');
  });
});

describe('a session of a person', () => {
  it('ends at its time', async () => {
    const cookie = await sessionOf('jane@example.org');
    wallNow += 59 * 60_000;
    expect((await ask('GET', '/v1/session', cookie)).status).toBe(200);
    wallNow += 60_000;
    expect(codeOf(await ask('GET', '/v1/session', cookie))).toBe('unauthenticated');
  });

  it('ends by signing out, here and at the provider', async () => {
    const { ticket, location } = await begin();
    const browser = new PlainBrowser();
    const back = await browser.signIn(location, 'jane@example.org', BACK);
    const cookie = cookieOf(await complete({ ticket, answer: back.search.slice(1) }));
    const out = await ask('DELETE', '/v1/session', cookie);
    const { location: there } = ok(out, endedSessionAnswer);
    expect(out.headers['set-cookie']).toEqual(expect.stringContaining('Expires=Thu, 01 Jan 1970'));
    expect(there?.startsWith(`${issuer.url}/session/end?`)).toBe(true);
    wallNow += 2_000;
    expect(codeOf(await ask('GET', '/v1/session', cookie))).toBe('unauthenticated');
    const [row] = await service.database.query<{ left: string }[]>(`SELECT count(sealed_id_token)::text AS left FROM person_session WHERE ended_at IS NOT NULL`);
    expect(row?.left).toBe('0');
    // The provider takes the hint, ends its own session, and sends the browser back to where people sign in.
    expect((await browser.signIn(there ?? '', 'jane@example.org', BACK)).href).toBe(BACK);
  });

  it('is no other one when its cookie is tampered with', async () => {
    const cookie = await sessionOf('jane@example.org');
    const last = cookie.endsWith('A') ? 'B' : 'A';
    for (const tampered of [cookie.slice(0, -1) + last, `${cookie}x`, 'credits_session=person:0123']) {
      expect([tampered, codeOf(await ask('GET', '/v1/session', tampered))]).toEqual([tampered, 'unauthenticated']);
    }
  });
});

describe('where it cannot be', () => {
  it('says so: no provider is set up', async () => {
    const fresh = await TestService.start(database.writerUrl);
    expect(ok(await fresh.get('/v1/sign-in-ways'), signInWaysAnswer)).toEqual({ identityProvider: false });
    expect(codeOf(await asked('/v1/sign-ins', {}, OURS, fresh))).toBe('not-found');
    expect(codeOf(await asked('/v1/sign-ins/completion', { ticket: 'x', answer: 'y' }, OURS, fresh))).toBe('not-found');
    await fresh.stop();
  });

  it('says so: the provider is not there, and is asked again once it is', async () => {
    const away = await RealIdentityProvider.start(PUBLIC_URL);
    await away.close();
    const fresh = await TestService.start(database.writerUrl, { parts: { identityProvider: providerAt(away.url), publicUrl: PUBLIC_URL } });
    const answer = await asked('/v1/sign-ins', {}, OURS, fresh);
    expect([codeOf(answer), answer.headers['retry-after']]).toEqual(['identity-provider-unavailable', '1']);
    await fresh.stop();
  });

  it('opens nothing with a client secret that the provider does not know', async () => {
    const fresh = await TestService.start(database.writerUrl, { parts: { identityProvider: providerAt(issuer.url, { clientSecret: 'wrong' }), publicUrl: PUBLIC_URL } });
    const { ticket, location } = ok(await asked('/v1/sign-ins', {}, OURS, fresh), signInBegunAnswer);
    const back = await new PlainBrowser().signIn(location, 'jane@example.org', BACK);
    expect(codeOf(await asked('/v1/sign-ins/completion', { ticket, answer: back.search.slice(1) }, OURS, fresh))).toBe('sign-in-refused');
    await fresh.stop();
  });
});
