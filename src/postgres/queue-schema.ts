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
  await client.query(GRANTS);
}

/** Sequences that the service's own role made while it queued are its own: only their owner could grant rights on them. */
const GRANTS = `
  DO $$
  DECLARE named record;
  BEGIN
    FOR named IN SELECT oid::regclass AS relation, relkind FROM pg_class
                  WHERE relnamespace = '${QUEUE_SCHEMA}'::regnamespace AND relkind IN ('r', 'p', 'S') AND relowner = '${OWNER_ROLE}'::regrole LOOP
      IF named.relkind = 'S' THEN
        EXECUTE format('GRANT USAGE, SELECT, UPDATE ON SEQUENCE %s TO ${WRITER_ROLE}', named.relation);
      ELSE
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLE %s TO ${WRITER_ROLE}', named.relation);
      END IF;
    END LOOP;
  END $$`;
