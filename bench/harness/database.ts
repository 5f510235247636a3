import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, superuserUrl } from '../../src/platform/embedded-postgres.js';
import { clientConfig, withClient, withDatabase } from '../../src/postgres/connection.js';
import type { DatabaseUrls } from '../../src/postgres/database-urls.js';
import { migrate } from '../../src/postgres/migrate.js';
import { provision } from '../../src/postgres/provision.js';

export interface BenchDatabase {
  readonly urls: DatabaseUrls;
  /** As owner of the database: reads counters, makes the baselines' tables. Never part of what is measured. */
  readonly admin: Client;
  /** e.g. `PostgreSQL 18.4, embedded`. */
  readonly description: string;
  /** Ends what was started and drops what was made. Once, however often it is called. */
  close(): Promise<void>;
}

/**
 * A database of its own for the run: in a PostgreSQL that is started for it, or, where DATABASE_URL is set, a new
 * database beside the one it names, dropped afterwards. Refuses one that is not durable: its figures would mean nothing.
 */
export async function openBenchDatabase(databaseUrl: string | undefined): Promise<BenchDatabase> {
  const server = databaseUrl === undefined ? await startServer() : { url: databaseUrl, where: 'DATABASE_URL', stop: () => undefined };
  const name = `credits_bench_${randomBytes(4).toString('hex')}`;
  let closing: Promise<void> | undefined;
  const close = async (admin: Client): Promise<void> => {
    await admin.end();
    await withClient({ url: server.url, applicationName: 'bench-setup' }, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    server.stop();
  };
  try {
    await withClient({ url: server.url, applicationName: 'bench-setup' }, (client) => client.query(`CREATE DATABASE ${name}`));
    const urls = await provision(withDatabase(server.url, name));
    await migrate(urls.owner);
    const admin = new Client(clientConfig({ url: urls.owner, applicationName: 'bench-admin' }));
    await admin.connect();
    const version = await refuseUnlessDurable(admin);
    return {
      urls,
      admin,
      description: `PostgreSQL ${version}, ${server.where}, fsync and synchronous_commit on`,
      close: () => (closing ??= close(admin)),
    };
  } catch (error) {
    server.stop();
    throw error;
  }
}

async function startServer(): Promise<{ url: string; where: string; stop: () => void }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'credits-bench-'));
  // PostgreSQL may run under another user id than this process.
  chmodSync(directory, 0o711);
  const password = randomBytes(24).toString('base64url');
  // Checkpoints come by volume and not in the midst of a short round, for all contestants alike.
  const settings = { max_wal_size: '8GB', checkpoint_timeout: '30min' };
  const server = await startEmbeddedPostgres({ directory: path.join(directory, 'postgres'), password, settings });
  return {
    url: superuserUrl(server.port, password, 'postgres'),
    where: 'embedded',
    stop: () => {
      server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function refuseUnlessDurable(admin: Client): Promise<string> {
  const { rows } = await admin.query<{ version: string; fsync: string; commits: string }>(`
    SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
           current_setting('synchronous_commit') AS commits`);
  const row = rows[0];
  if (row?.fsync !== 'on' || row.commits !== 'on') {
    throw new Error('The benchmark needs a server with fsync = on and synchronous_commit = on: it measures durable debits.');
  }
  return row.version;
}
