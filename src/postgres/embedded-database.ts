import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type Client } from 'pg';
import { loadOrCreateSecrets } from '../platform/data-dir-secrets.js';
import { startEmbeddedPostgres, superuserUrl, type EmbeddedPostgres } from '../platform/embedded-postgres.js';
import { withClient } from './connection.js';

export const EMBEDDED_DATABASE = 'credits';

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
  const server = await startEmbeddedPostgres({ directory: path.join(dataDir, 'postgres'), password, port });
  const maintenanceUrl = superuserUrl(server.port, password, 'postgres');
  await whenItAnswers(maintenanceUrl, createDatabaseUnlessThere);
  return { ownerUrl: superuserUrl(server.port, password, EMBEDDED_DATABASE), maintenanceUrl, server };
}

async function createDatabaseUnlessThere(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [EMBEDDED_DATABASE]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${EMBEDDED_DATABASE}`);
}

const STILL_STARTING = '57P03';

/** A server that was adopted may still be recovering from the crash that orphaned it. */
async function whenItAnswers(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await withClient({ url, applicationName: 'credits-start' }, work);
      return;
    } catch (error) {
      if (attempt === 60 || !(error instanceof DatabaseError) || error.code !== STILL_STARTING) throw error;
      await sleep(500);
    }
  }
}
