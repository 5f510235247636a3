import path from 'node:path';
import { withClient } from './connection.js';
import { derivedUrls, type DatabaseUrls } from './database-urls.js';
import { openEmbeddedDatabase, type EmbeddedDatabase } from './embedded-database.js';

/** A database that was given to us: its URLs, and whether its roles are ours to make. */
export interface GivenDatabase {
  readonly urls: DatabaseUrls;
  readonly provisioned: 'by us' | 'by others';
}

/** What DATABASE_URL and its companions say, or undefined where the embedded database is meant. */
export function givenDatabase(env: NodeJS.ProcessEnv): GivenDatabase | undefined {
  const { DATABASE_URL: owner, DATABASE_WRITER_URL: writer, DATABASE_READER_URL: reader } = env;
  if (!owner) {
    if (writer || reader) throw new Error('DATABASE_WRITER_URL and DATABASE_READER_URL need DATABASE_URL beside them, for the migrations.');
    return undefined;
  }
  if (!writer && !reader) return { urls: derivedUrls(owner), provisioned: 'by us' };
  if (!writer || !reader) throw new Error('Set both DATABASE_WRITER_URL and DATABASE_READER_URL, or neither.');
  return { urls: { owner, writer, reader }, provisioned: 'by others' };
}

export function dataDirectory(env: NodeJS.ProcessEnv): string {
  return path.resolve(env['DATA_DIR'] || '.data');
}

export function embeddedPort(env: NodeJS.ProcessEnv): number | undefined {
  return env['PGPORT'] ? Number(env['PGPORT']) : undefined;
}

export interface ReachedDatabase {
  readonly urls: DatabaseUrls;
  close(): Promise<void>;
}

/**
 * For programs that work beside the service, such as the verifier: the same database that the service has, or would have.
 * The embedded one is started where it does not run, and stopped again unless somebody else has come to use it.
 */
export async function reachDatabase(env: NodeJS.ProcessEnv): Promise<ReachedDatabase> {
  const given = givenDatabase(env);
  if (given !== undefined) return { urls: given.urls, close: () => Promise.resolve() };
  const embedded = await openEmbeddedDatabase({ dataDir: dataDirectory(env), port: embeddedPort(env) });
  return { urls: derivedUrls(embedded.ownerUrl), close: () => stopUnlessUsed(embedded) };
}

async function stopUnlessUsed({ server, maintenanceUrl }: EmbeddedDatabase): Promise<void> {
  if (server.adopted) return;
  const others = await withClient({ url: maintenanceUrl, applicationName: 'credits-stop' }, async (client) => {
    const { rowCount } = await client.query(
      "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    return rowCount;
  });
  if (others === 0) server.stop();
}
