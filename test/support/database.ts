import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { startEmbeddedPostgres, superuserUrl, type EmbeddedPostgres } from '../../src/platform/embedded-postgres.js';
import { withClient, withDatabase } from '../../src/postgres/connection.js';
import { derivedUrls } from '../../src/postgres/database-urls.js';
import { migrate } from '../../src/postgres/migrate.js';
import { provision } from '../../src/postgres/provision.js';
import { TEMPLATE_DATABASE, TEST_CLUSTER_URL } from '../setup/test-cluster.js';

export interface TestDatabase {
  /** The superuser's: it may do what an attacker with full rights could, such as changing an entry. */
  readonly ownerUrl: string;
  readonly writerUrl: string;
  readonly readerUrl: string;
}

export interface FreshDatabase extends TestDatabase {
  drop(): Promise<void>;
}

const BEING_CLONED = '55006';

/** An empty, migrated database; for a test file to call once, in `beforeAll`. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const cluster = process.env[TEST_CLUSTER_URL];
  if (cluster === undefined) throw new Error('There is no test cluster: run the tests through npm test, or npx jest with its global setup.');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await inCluster(cluster, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`);
  return {
    ...urlsOf(withDatabase(cluster, name)),
    drop: () => inCluster(cluster, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function inCluster(url: string, sql: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await withClient({ url, applicationName: 'test-database' }, (client) => client.query(sql));
      return;
    } catch (error) {
      if (attempt === 20 || !(error instanceof DatabaseError) || error.code !== BEING_CLONED) throw error;
      await sleep(50 * attempt);
    }
  }
}

function urlsOf(owner: string): TestDatabase {
  const urls = derivedUrls(owner);
  return { ownerUrl: urls.owner, writerUrl: urls.writer, readerUrl: urls.reader };
}

export interface OwnPostgres extends TestDatabase {
  readonly port: number;
  /** kill -9 of the server: nothing is written any more, its other processes notice by themselves. */
  kill(): void;
  /** Starts it again after a kill, on the same port, through crash recovery. */
  restart(): Promise<void>;
  /** Stops it and removes its files. */
  dispose(): void;
}

/** A PostgreSQL of the test's own, for tests that kill it. Provisioned and migrated. */
export async function startOwnPostgres({ fsync }: { readonly fsync: boolean }): Promise<OwnPostgres> {
  const directory = mkdtempSync(path.join(tmpdir(), 'credits-own-'));
  const password = randomBytes(24).toString('base64url');
  const onOff = fsync ? 'on' : 'off';
  const settings = { fsync: onOff, synchronous_commit: onOff, full_page_writes: onOff, shared_buffers: '128MB', max_connections: '100' };
  const start = (port?: number): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ directory, password, settings, port });
  let server = await start();
  const { port } = server;
  await withClient({ url: superuserUrl(port, password, 'postgres'), applicationName: 'test-setup' }, (client) =>
    client.query('CREATE DATABASE credits'),
  );
  const ownerUrl = superuserUrl(port, password, 'credits');
  await provision(ownerUrl);
  await migrate(ownerUrl);
  return {
    ...urlsOf(ownerUrl),
    port,
    kill: () => process.kill(postmasterPid(directory), 'SIGKILL'),
    restart: async () => {
      server = await start(port);
    },
    dispose: () => {
      server.stop('immediate');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function postmasterPid(directory: string): number {
  return Number(readFileSync(path.join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
}
