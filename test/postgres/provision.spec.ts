import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { clientConfig, withClient } from '../../src/postgres/connection.js';
import { migrate } from '../../src/postgres/migrate.js';
import { provision } from '../../src/postgres/provision.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

const asked = (url: string, sql: string): Promise<unknown> =>
  withClient({ url, applicationName: 'test' }, async (client) => (await client.query<Record<string, unknown>>(sql)).rows[0]);

describe('provisioning', () => {
  test('gives the writer and the reader what they log in with', async () => {
    expect(await asked(database.writerUrl, 'SELECT current_user AS me, current_schema AS schema')).toEqual({ me: 'credits_writer', schema: 'credits' });
    expect(await asked(database.readerUrl, 'SELECT current_user AS me')).toEqual({ me: 'credits_reader' });
  });

  test('all tables belong to the owner role, as which nobody can log in', async () => {
    expect(
      await asked(
        database.ownerUrl,
        `SELECT bool_and(tableowner = 'credits_owner') AS all, count(*) > 5 AS many,
                (SELECT rolcanlogin FROM pg_roles WHERE rolname = 'credits_owner') AS login
           FROM pg_tables WHERE schemaname = 'credits'`,
      ),
    ).toEqual({ all: true, many: true, login: false });
  });

  test('may be done again, also by several instances at once', async () => {
    const again = await Promise.all(Array.from({ length: 4 }, () => provision(database.ownerUrl)));
    expect(again[0]).toEqual({ owner: database.ownerUrl, writer: database.writerUrl, reader: database.readerUrl });
    expect(await migrate(database.ownerUrl)).toEqual([]);
  });

  test('the writer cannot take on the owner, nor make tables', async () => {
    await expect(asked(database.writerUrl, 'SET ROLE credits_owner')).rejects.toThrow(/permission denied/);
    await expect(asked(database.writerUrl, 'CREATE TABLE credits.mine (x int)')).rejects.toThrow(/permission denied/);
  });
});

describe('without the right to create roles', () => {
  test('says what a database administrator has to run', async () => {
    const other = await freshDatabase();
    const url = new URL(other.ownerUrl);
    const name = url.pathname.slice(1);
    try {
      await withClient({ url: other.ownerUrl, applicationName: 'test' }, (client) =>
        client.query(`CREATE ROLE plain_${name} LOGIN PASSWORD 'plain-password'`),
      );
      url.username = `plain_${name}`;
      url.password = 'plain-password';
      await expect(provision(url.href)).rejects.toThrow(/credits_writer does not accept[\s\S]*CREATE ROLE credits_writer LOGIN/);
    } finally {
      await other.drop();
    }
  });
});

test('a session carries the settings it was asked for from its first statement on', async () => {
  const client = new Client(clientConfig({ url: database.writerUrl, applicationName: 'a name', settings: { statement_timeout: '1s', lock_timeout: '2 s' } }));
  await client.connect();
  const { rows } = await client.query(
    "SELECT current_setting('statement_timeout') AS st, current_setting('lock_timeout') AS lt, current_setting('application_name') AS name",
  );
  await client.end();
  expect(rows).toEqual([{ st: '1s', lt: '2s', name: 'a name' }]);
});
