import { runMigrations } from 'bullmq';
import type { Client } from 'pg';
import { OWNER_ROLE, QUEUE_SCHEMA, WRITER_ROLE } from './roles.js';

/**
 * The tables of the queue, where PostgreSQL keeps it: made by the queue's own library, in a schema of their own, owned like
 * all others by the owner role. The service reads and writes them; nothing in them is on record, and all of it can be
 * deleted at any time.
 */
export async function migrateQueue(client: Client): Promise<void> {
  const { rows } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [QUEUE_SCHEMA]);
  // Roles and schemas were made by others, before there was a queue: with a Redis it is not needed either.
  if (rows.length === 0) return;
  await client.query(`SET ROLE ${OWNER_ROLE}`);
  // The schema is there, made by whoever may; asking to make it again would need the right to make others.
  const query = (text: string, values?: unknown[]): Promise<unknown> =>
    text.startsWith('CREATE SCHEMA') ? Promise.resolve({ rows: [] }) : client.query(text, values);
  await runMigrations({ query } as never, QUEUE_SCHEMA);
  await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA ${QUEUE_SCHEMA} TO ${WRITER_ROLE}`);
  await client.query(`GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA ${QUEUE_SCHEMA} TO ${WRITER_ROLE}`);
}
