import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient } from '../../src/postgres/connection.js';
import { refusePrivilegedRole } from '../../src/postgres/refuse-privileged-role.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let database: FreshDatabase;
let suffix: string;

beforeAll(async () => {
  database = await freshDatabase();
  suffix = new URL(database.ownerUrl).pathname.slice(1);
});

afterAll(() => database.drop());

const refusalOf = (url: string): Promise<unknown> =>
  withClient({ url, applicationName: 'test' }, (client) => refusePrivilegedRole(async (sql) => (await client.query<object>(sql)).rows)).then(
    () => undefined,
    (error: unknown) => error,
  );

async function roleWith(attributes: string): Promise<string> {
  const name = `${attributes.split(' ')[0]?.toLowerCase() ?? 'role'}_${suffix}`;
  await withClient({ url: database.ownerUrl, applicationName: 'test' }, (client) =>
    client.query(`CREATE ROLE ${name} LOGIN PASSWORD 'for-a-test' ${attributes}`),
  );
  const url = new URL(database.ownerUrl);
  url.username = name;
  url.password = 'for-a-test';
  return url.href;
}

test('the writer may serve', async () => {
  expect(await refusalOf(database.writerUrl)).toBeUndefined();
});

test('a superuser may not', async () => {
  expect(String(await refusalOf(database.ownerUrl))).toMatch(/"postgres", which is a superuser.*DATABASE_WRITER_URL/);
});

test('nor a role that could take on the owner', async () => {
  expect(String(await refusalOf(await roleWith('IN ROLE credits_owner')))).toMatch(/is a member of credits_owner and owns/);
});

test('nor one that sees past row security', async () => {
  expect(String(await refusalOf(await roleWith('BYPASSRLS')))).toMatch(/has BYPASSRLS/);
});

test('nor one to which a table of the ledger belongs', async () => {
  const url = await roleWith('CONNECTION LIMIT 5');
  await withClient({ url: database.ownerUrl, applicationName: 'test' }, async (client) => {
    await client.query('CREATE TABLE credits.of_somebody (x int)');
    await client.query(`ALTER TABLE credits.of_somebody OWNER TO ${new URL(url).username}`);
  });
  expect(String(await refusalOf(url))).toMatch(/owns schema credits or tables in it/);
});
