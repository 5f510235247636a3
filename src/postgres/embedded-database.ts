import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError } from 'pg';
import { loadOrCreateSecrets } from '../platform/data-dir-secrets.js';
import { startEmbeddedPostgres, superuserUrl, type EmbeddedPostgres } from '../platform/embedded-postgres.js';
import { withClient } from './connection.js';

const EMBEDDED_DATABASE = 'credits';

export interface EmbeddedDatabaseOptions {
  readonly dataDir: string;
  readonly port?: number | undefined;
}

export interface EmbeddedDatabase {
  /** The superuser's, in the database of the ledger. */
  readonly ownerUrl: string;
  /** The superuser's, in the database that every cluster has. */
  readonly maintenanceUrl: string;
  readonly server: EmbeddedPostgres;
}

/** The deployment's own PostgreSQL under its data directory, created at the first start. */
export async function openEmbeddedDatabase({ dataDir, port }: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const password = loadOrCreateSecrets(dataDir).postgresPassword;
  for (let attempt = 1; ; attempt += 1) {
    const server = await startEmbeddedPostgres({ directory: path.join(dataDir, 'postgres'), password, port });
    const maintenanceUrl = superuserUrl(server.port, password, 'postgres');
    try {
      await withClient({ url: maintenanceUrl, applicationName: 'credits-start' }, createDatabaseUnlessThere);
      return { ownerUrl: superuserUrl(server.port, password, EMBEDDED_DATABASE), maintenanceUrl, server };
    } catch (error) {
      if (attempt === PATIENCE || !isComingOrGoing(error)) throw error;
      await sleep(500);
    }
  }
}

async function createDatabaseUnlessThere(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [EMBEDDED_DATABASE]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${EMBEDDED_DATABASE}`);
}

const PATIENCE = 240;
const STARTING_OR_STOPPING = '57P03';

/**
 * A server that was adopted may still recover from a crash, or may be on its way out: a process that was killed still
 * counts as living for a moment. The next look tells.
 */
function isComingOrGoing(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code === STARTING_OR_STOPPING;
  return error instanceof Error && 'code' in error && (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET');
}
