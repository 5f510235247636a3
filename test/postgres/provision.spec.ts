import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres, superuserUrl } from '../../src/platform/embedded-postgres.js';
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

describe('as somebody who is no superuser', () => {
  let directory: string;
  let server: EmbeddedPostgres;
  const password = 'of-the-superuser';

  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'credits-provision-'));
    server = await startEmbeddedPostgres({ directory, password, settings: { fsync: 'off' } });
  });

  afterAll(() => {
    server.stop('immediate');
    rmSync(directory, { recursive: true });
  });

  const asSuperuser = async (...statements: string[]): Promise<void> => {
    const url = superuserUrl(server.port, password, 'postgres');
    await withClient({ url, applicationName: 'test' }, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  };
  const urlOf = (role: string, database: string): string => `postgres://${role}:of-${role}@127.0.0.1:${String(server.port)}/${database}`;

  test('without the right to create roles, it says what a database administrator has to run', async () => {
    await asSuperuser("CREATE ROLE plain LOGIN PASSWORD 'of-plain'", 'CREATE DATABASE plain OWNER plain');
    await expect(provision(urlOf('plain', 'plain'))).rejects.toThrow(/may not create roles[\s\S]*CREATE ROLE credits_writer LOGIN/);
  });

  test('with that right, and a database of its own, it does all that is needed', async () => {
    await asSuperuser("CREATE ROLE maker CREATEROLE LOGIN PASSWORD 'of-maker'", 'CREATE DATABASE made OWNER maker');
    const urls = await provision(urlOf('maker', 'made'));
    expect(await provision(urlOf('maker', 'made'))).toEqual(urls);
    expect(await migrate(urls.owner)).not.toEqual([]);
    expect(await asked(urls.writer, 'SELECT count(*)::int AS entries FROM entry')).toEqual({ entries: 0 });
    expect(
      await asked(urls.owner, "SELECT bool_and(tableowner = 'credits_owner') AS all FROM pg_tables WHERE schemaname = 'credits'"),
    ).toEqual({ all: true });
  });

  test('where the roles are somebody else’s, they are left alone, and it says what to run', async () => {
    await asSuperuser("CREATE ROLE late CREATEROLE LOGIN PASSWORD 'of-late'", 'CREATE DATABASE late OWNER late');
    await expect(provision(urlOf('late', 'late'))).rejects.toThrow(/permission denied[\s\S]*DATABASE_WRITER_URL/);
    expect(await asked((await provision(urlOf('maker', 'made'))).writer, 'SELECT 1 AS one')).toEqual({ one: 1 });
  });

  test('a schema of the same name that is somebody else’s is left alone', async () => {
    await asSuperuser('CREATE DATABASE taken OWNER maker');
    await withClient({ url: urlOf('maker', 'taken'), applicationName: 'test' }, (client) => client.query('CREATE SCHEMA credits'));
    await expect(provision(urlOf('maker', 'taken'))).rejects.toThrow(/Schema "credits" belongs to "maker"/);
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
