import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres, superuserUrl, type EmbeddedPostgres } from '../../src/platform/embedded-postgres.js';
import { withClient } from '../../src/postgres/connection.js';
import { migrate } from '../../src/postgres/migrate.js';
import { provision } from '../../src/postgres/provision.js';

export const TEMPLATE_DATABASE = 'credits_template';
/** By this the test files, which run in other processes, find the cluster: the superuser's URL. */
export const TEST_CLUSTER_URL = 'TEST_CLUSTER_URL';

/** Speed before durability: only tests that kill need the other, and they start their own. */
const forgetful = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_connections: '200',
};

let running: { server: EmbeddedPostgres; directory: string } | undefined;

export async function startTestCluster(): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'credits-test-'));
  const password = randomBytes(24).toString('base64url');
  const server = await startEmbeddedPostgres({ directory, password, settings: forgetful });
  running = { server, directory };
  // Also where the run is interrupted, when no teardown is called.
  process.once('exit', stopTestCluster);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopTestCluster();
      process.kill(process.pid, signal);
    });
  }

  const maintenance = superuserUrl(server.port, password, 'postgres');
  const template = superuserUrl(server.port, password, TEMPLATE_DATABASE);
  await withClient({ url: maintenance, applicationName: 'test-setup' }, (client) => client.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`));
  await provision(template);
  await migrate(template);
  // A template can only be cloned while nobody is connected to it; like this, nobody ever is.
  await withClient({ url: maintenance, applicationName: 'test-setup' }, (client) =>
    client.query(`ALTER DATABASE ${TEMPLATE_DATABASE} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`),
  );
  process.env[TEST_CLUSTER_URL] = maintenance;
}

export function stopTestCluster(): void {
  const stopping = running;
  running = undefined;
  if (stopping === undefined) return;
  stopping.server.stop('immediate');
  rmSync(stopping.directory, { recursive: true, force: true });
}
