import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { grantedAnswer, placedAnswer } from '../../src/http/schemas/answers.js';
import { parseConfig } from '../../src/platform/config.js';
import type { IdentityProvider } from '../../src/platform/identity-provider.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { IdentityIssuer } from '../support/identity-issuer.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, type Answer } from '../support/service.js';

let issuer: IdentityIssuer;
let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let other: Customer;
const wallNow = Date.now();

const configured = (env: NodeJS.ProcessEnv): IdentityProvider | null =>
  parseConfig({ DATABASE_WRITER_URL: 'postgres://x/', KEY_PEPPER: 'a1'.repeat(32), PSEUDONYM_KEY: 'b2'.repeat(32), SIGNING_KEY: 'b2'.repeat(32), EVIDENCE_KEY: 'b2'.repeat(32), SEALING_KEY: 'b2'.repeat(32), ...env }).identityProvider;
const ROLES = JSON.stringify({
  'credits-admin': ['account:admin'],
  'credits-viewer': ['account:read'],
  'credits-operator': ['operator'],
  'credits-finance': ['finance'],
});

beforeAll(async () => {
  issuer = await IdentityIssuer.start();
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, {
    parts: { identityProvider: configured({ OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'credits', OIDC_ROLES: ROLES }), wallClock: { now: () => wallNow } },
  });
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['100']);
  other = await market.account();
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
  await issuer.close();
});

const admin = (): object => ({ roles: ['credits-admin'], account_id: customer.accountId });
const balance = (token: string, of = customer): Promise<Answer> => service.get(`${of.url}/balance`, token);
const balanceFor = async (claims: object, of = customer): Promise<Answer> => balance(await issuer.token(claims, wallNow), of);
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a person with a token of the identity provider', () => {
  it('does what the roles in it allow, in its own account and in no other', async () => {
    expect((await balanceFor(admin())).status).toBe(200);
    expect((await balanceFor({ roles: 'credits-viewer', account_id: customer.accountId })).status).toBe(200);
    expect(codeOf(await balanceFor(admin(), other))).toBe('account-not-found');
    expect((await balanceFor({ roles: ['credits-finance', 'something else'] }, other)).status).toBe(200);
    const viewer = await issuer.token({ roles: ['credits-viewer'], account_id: customer.accountId }, wallNow);
    expect(codeOf(await service.post(`${customer.url}/purchases`, { credits: '1' }, viewer))).toBe('forbidden');
    const operator = await issuer.token({ roles: ['credits-operator'] }, wallNow);
    // P6: nobody but an admin of the licensee buys.
    expect(codeOf(await service.post(`${customer.url}/purchases`, { credits: '1' }, operator))).toBe('forbidden');
    expect(ok(await service.post(`${customer.url}/purchases`, { credits: '1' }, await issuer.token(admin(), wallNow)), placedAnswer).purchase.credits).toBe('1.000000000');
  });

  it('is named in entries by a pseudonym that the database cannot undo', async () => {
    const answer = await service.post(`${customer.url}/grants`, { kind: 'promotional', credits: '1', reason: 'Thanks.' }, await issuer.token({ roles: ['credits-operator'] }, wallNow));
    const { seq } = ok(answer, grantedAnswer).entry;
    const [row] = await service.database.query<{ actor: string }[]>('SELECT actor FROM entry WHERE account_id = $1 AND seq = $2', [customer.accountId, seq]);
    expect(row?.actor).toMatch(/^person:[0-9a-f]{32}$/);
    // Not a digest that anybody could make: it takes a key that is kept elsewhere.
    expect(row?.actor).not.toContain(createHash('sha256').update(`${issuer.url} jane@example.org`).digest('hex').slice(0, 32));
  });

  it('is counted and limited like a key', async () => {
    expect((await balanceFor(admin())).headers['ratelimit-policy']).toBe('"key";q=1000000;w=10');
  });

  it.each([
    ['no role that means anything', { roles: ['root', 'constructor', '__proto__'] }],
    ['no roles', {}],
    ['roles that are no texts', { roles: [['credits-admin'], { 'credits-admin': true }, 7] }],
    ['no account, where the role needs one', { roles: ['credits-admin'] }],
    ['an account that is none', { roles: ['credits-admin'], account_id: "x' OR '1'='1" }],
    ['roles that do not belong together (P6)', { roles: ['credits-admin', 'credits-operator'], account_id: 'acc' }],
  ])('may nothing with %s', async (_, claims) => {
    expect(codeOf(await balanceFor(claims))).toBe('forbidden');
  });
});

describe('a token that is not valid', () => {
  it.each<[string, object]>([
    ['of another issuer', { iss: 'https://elsewhere.example' }],
    ['for somebody else', { aud: 'another-service' }],
    ['for nobody', { aud: [] }],
    ['expired', { exp: Math.floor(Date.now() / 1_000) - 60 }],
    ['not valid yet', { nbf: Math.floor(Date.now() / 1_000) + 600 }],
    ['without an end', { exp: undefined }],
    ['without a person', { sub: undefined }],
  ])('%s', async (_, claims) => {
    expect(codeOf(await balanceFor({ ...admin(), ...claims }))).toBe('unauthenticated');
  });

  it('signed by nobody, by somebody else, or with the public key as a secret', async () => {
    const [, payload = ''] = (await issuer.token(admin(), wallNow)).split('.');
    expect(codeOf(await balance(`${encoded({ alg: 'none' })}.${payload}.`))).toBe('unauthenticated');
    expect(codeOf(await balance(`${encoded({ alg: 'none' })}.${payload}.x`))).toBe('unauthenticated');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forged = (alg: string) => new SignJWT({ iss: issuer.url, aud: 'credits', sub: 'x', exp: Math.floor(wallNow / 1_000) + 60, ...admin() }).setProtectedHeader({ alg, kid: 'first' });
    expect(codeOf(await balance(await forged('RS256').sign(privateKey)))).toBe('unauthenticated');
    const published = Buffer.from(await (await fetch(`${issuer.url}/keys`)).text());
    expect(codeOf(await balance(await forged('HS256').sign(published)))).toBe('unauthenticated');
  });

  it('changed by one character', async () => {
    const [header = '', payload = '', signature = ''] = (await issuer.token(admin(), wallNow)).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    expect(codeOf(await balance([header, encoded({ ...claims, account_id: other.accountId }), signature].join('.'), other))).toBe('unauthenticated');
  });

  it.each(['a.b.c', '..', `${'a'.repeat(9_000)}.b.c`, 'e30.e30.e30', `${randomUUID()}.x`])('%.20s', async (token) => {
    expect(codeOf(await balance(token))).toBe('unauthenticated');
  });
});

describe('the identity provider', () => {
  const startWith = (more: NodeJS.ProcessEnv = {}): Promise<TestService> =>
    TestService.start(database.writerUrl, {
      parts: { identityProvider: configured({ OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'credits', OIDC_ROLES: ROLES, ...more }) },
    });

  it('changes its keys without anybody here being told, and the old one passes no longer than a minute', async () => {
    const before = await issuer.token(admin(), wallNow);
    expect((await balance(before)).status).toBe(200);
    await issuer.changeKey('second', 'ES256');
    const asked = issuer.asked;
    const fresh = await startWith();
    expect((await fresh.get(`${customer.url}/balance`, await issuer.token(admin(), Date.now()))).status).toBe(200);
    expect(issuer.asked).toBe(asked + 2);
    expect((await fresh.get(`${customer.url}/balance`, before)).status).toBe(401);
    await fresh.stop();
  });

  it.each([500, 404])('that answers %i: keys pass, people are told to try again', async (status) => {
    const fresh = await startWith();
    issuer.failing = status;
    const token = await issuer.token(admin(), Date.now());
    const answer = await fresh.get(`${customer.url}/balance`, token);
    expect([codeOf(answer), answer.headers['retry-after']]).toEqual(['identity-provider-unavailable', '1']);
    expect((await fresh.get(`${customer.url}/balance`, customer.admin)).status).toBe(200);
    issuer.failing = null;
    expect((await fresh.get(`${customer.url}/balance`, token)).status).toBe(200);
    await fresh.stop();
  });

  it('whose discovery document is of somebody else is not believed', async () => {
    const fresh = await startWith();
    issuer.claimedIssuer = 'https://elsewhere.example';
    expect(codeOf(await fresh.get(`${customer.url}/balance`, await issuer.token(admin(), Date.now())))).toBe('identity-provider-unavailable');
    issuer.claimedIssuer = null;
    await fresh.stop();
  });

  it('may keep roles and account where it likes, and its keys elsewhere', async () => {
    const fresh = await startWith({ OIDC_ROLES_CLAIM: 'realm_access.roles', OIDC_ACCOUNT_CLAIM: 'kaltura.partner', OIDC_JWKS_URI: `${issuer.url}/keys` });
    const asked = issuer.asked;
    const token = await issuer.token({ realm_access: { roles: ['credits-viewer'] }, kaltura: { partner: customer.accountId } }, Date.now());
    expect((await fresh.get(`${customer.url}/balance`, token)).status).toBe(200);
    expect(issuer.asked).toBe(asked + 1);
    await fresh.stop();
  });

  it('is not asked at all where there is none', async () => {
    const fresh = await TestService.start(database.writerUrl);
    expect(codeOf(await fresh.get(`${customer.url}/balance`, await issuer.token(admin(), Date.now())))).toBe('unauthenticated');
    await fresh.stop();
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['without an audience', { OIDC_AUDIENCE: undefined }],
    ['without roles', { OIDC_ROLES: undefined }],
    ['with roles that are no JSON', { OIDC_ROLES: 'admin' }],
    ['with a scope that no person has', { OIDC_ROLES: '{"x":["usage:write"]}' }],
    ['with no role', { OIDC_ROLES: '{}' }],
    ['with a client, and no address to come back to', { OIDC_CLIENT_ID: 'web' }],
    ['with a client secret, and no client', { OIDC_CLIENT_SECRET: 'x' }],
    ['without openid among the scopes', { OIDC_CLIENT_ID: 'web', PUBLIC_URL: 'https://credits.example', OIDC_SCOPE: 'email' }],
    ['in the clear', { OIDC_ISSUER: 'http://issuer.example' }],
    ['in the clear, on a host that only looks like this one', { OIDC_ISSUER: 'http://127.0.0.1.example' }],
  ])('is refused at the start %s', (_, env) => {
    expect(() => configured({ OIDC_ISSUER: 'https://issuer.example', OIDC_AUDIENCE: 'credits', OIDC_ROLES: ROLES, ...env })).toThrow(/OIDC_/);
  });
});
