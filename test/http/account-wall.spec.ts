import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scope } from '../../src/domain/api-key.js';
import { ACCESS } from '../../src/http/access/access-table.js';
import { withinAccount } from '../../src/postgres/within-account.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { query } from '../support/ledger-account.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, ok, type Answer } from '../support/service.js';
import { licenseeAnswer, placedAnswer } from '../../src/http/schemas/answers.js';
import { contactAnswer } from '../../src/http/schemas/telling.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let ours: Customer;
let theirs: Customer;
let walled: string[];

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  [ours, theirs] = [await market.customer({ captions: { minutes: '3' } }, ['100']), await market.customer({ captions: { minutes: '3' } }, ['100'])];
  for (const customer of [ours, theirs]) ok(await service.post(`${customer.url}/purchases`, { credits: '5' }, customer.admin), placedAnswer);
  const rows = await query(database.ownerUrl, `SELECT c.relname AS name FROM pg_class AS c WHERE c.relnamespace = 'credits'::regnamespace AND c.relrowsecurity ORDER BY 1`);
  walled = rows.map(({ name }) => String(name));
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

const within = <Row>(accountId: string, sql: string): Promise<Row[]> => withinAccount(service.database, accountId, (manager) => manager.query<Row[]>(sql));
const asAccount = (sql: string): Promise<unknown> => query(database.writerUrl, `SET ROLE credits_account; ${sql}`);
const DENIED = { code: '42501' };
/** Without an account: an account sees those of its licensee. */
const OF_LICENSEE = 'contact';

describe('the second wall', () => {
  it('stands around every table with an account, old and new', async () => {
    const tables = await query(
      database.ownerUrl,
      `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'credits' AND column_name = 'account_id'`,
    );
    expect(walled).toEqual([...tables.map(({ name }) => name), OF_LICENSEE].sort());
    expect(walled).toEqual(expect.arrayContaining(['account', 'account_state', 'api_key', 'entry', 'lot', 'payment', 'posting', 'purchase']));
  });

  it('shows an account its own rows, and none of any other, whatever is asked', async () => {
    const seen = new Set<string>();
    for (const table of walled.filter((name) => name !== OF_LICENSEE)) {
      for (const { account_id: accountId } of await within<{ account_id: string }>(ours.accountId, `SELECT account_id FROM ${table}`)) {
        expect([table, accountId]).toEqual([table, ours.accountId]);
        seen.add(table);
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining(['account', 'account_state', 'api_key', 'entry', 'lot', 'payment', 'posting', 'purchase']));
    expect(await within(ours.accountId, `SELECT FROM entry WHERE account_id = '${theirs.accountId}' OR true`)).not.toEqual([]);
    expect(await within(ours.accountId, `SELECT FROM entry WHERE account_id = '${theirs.accountId}'`)).toEqual([]);
  });

  it('shows an account the contacts of its licensee, and of no other', async () => {
    ok(await service.post('/v1/licensees', { licenseeId: 'other', legalName: 'Other Corp.' }, market.operator), licenseeAnswer);
    const customers = [ours, await market.account('acc-of-other', 'other')];
    for (const customer of customers) ok(await service.post(`${customer.url}/contacts`, { name: 'Ada', address: `ada@${customer.accountId}.example` }, customer.admin), contactAnswer);
    for (const customer of customers) {
      expect(await within(customer.accountId, 'SELECT address FROM contact WHERE true')).toEqual([{ address: `ada@${customer.accountId}.example` }]);
    }
  });

  it('falls with the transaction: what the same connections do next is the service’s own again', async () => {
    for (let i = 0; i < 8; i += 1) {
      await within(ours.accountId, 'SELECT');
      await expect(within(ours.accountId, 'SELECT 1/0')).rejects.toThrow('division by zero');
      const [row] = await service.database.query<{ me: string; account: string; n: number }[]>(
        `SELECT current_user AS me, coalesce(current_setting('credits.account_id', true), '') AS account, count(DISTINCT account_id)::int AS n FROM entry`,
      );
      expect(row).toEqual({ me: 'credits_writer', account: '', n: 2 });
    }
  });

  it('shows nothing where no account was named, and lets nothing be written or looked at that is no account’s', async () => {
    await expect(asAccount('SELECT FROM entry')).rejects.toThrow(/credits.account_id/);
    await expect(asAccount(`SET credits.account_id = '${ours.accountId}'; SELECT secret_hmac FROM api_key`)).rejects.toMatchObject(DENIED);
    for (const table of walled) await expect(asAccount(`DELETE FROM ${table}`)).rejects.toMatchObject(DENIED);
    for (const table of ['licensee', 'catalogue_request', 'migration']) await expect(asAccount(`SELECT FROM ${table}`)).rejects.toMatchObject(DENIED);
    await expect(within(ours.accountId, `UPDATE lot SET open = false`)).rejects.toMatchObject({ code: '25006' });
    await expect(withinAccount(service.database, "x'; RESET ROLE; --", () => Promise.resolve(1))).rejects.toThrow('no account');
  });
});

/** Reads of one account that its own keys may ask for. What is answered by the write path, or from memory, is not among them. */
const BY_THE_WRITE_PATH = ['GET /v1/accounts/:accountId/unfunded-usage/:seq/settlement', 'GET /v1/accounts/:accountId/signed-head'];
const READS = Object.entries(ACCESS).filter(
  ([route, { scopes }]) =>
    (route.startsWith('GET /v1/accounts/:accountId') || route === 'GET /v1/api-keys') &&
    !BY_THE_WRITE_PATH.includes(route) &&
    typeof scopes !== 'string' &&
    scopes.some((scope) => scope !== 'operator' && scope !== 'finance'),
);

describe('a read with an account’s own key goes through it', () => {
  /** With the door in the wall shut, a read that goes through it finds nothing; one that goes around it would not notice. */
  beforeAll(async () => {
    for (const table of walled) await query(database.ownerUrl, `ALTER POLICY own_account ON ${table} USING (false)`);
  });

  it.each(READS)('%s', async (route, { scopes }) => {
    const scope = (scopes as readonly Scope[]).find((one) => one.startsWith('account:')) ?? 'usage:write';
    const path = route.slice('GET '.length).replace(':accountId', ours.accountId).replace(':seq', '1').replaceAll(/:\w+/g, 'x');
    const queries: Readonly<Record<string, string>> = { access: '?feature=captions', burn: '?from=2026-01-01&through=2026-01-31' };
    const url = `${path}${queries[path.split('/').at(-1) ?? ''] ?? ''}`;
    const ask = (secret: string): Promise<Answer> => service.get(url, secret);
    const own = await ask(await service.key([scope], ours.accountId));
    if (route === 'GET /v1/api-keys') expect(own.body).toEqual({ items: [] });
    else expect([own.status, own.body]).toEqual([404, expect.objectContaining({ code: 'account-not-found' })]);
  });
});
