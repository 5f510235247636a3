import { raiseAccountWall } from './account-wall.js';
import { withClient } from './connection.js';
import { migrationDataSource, MIGRATION_TABLE } from './data-source.js';
import { migrations } from './migrations.js';
import { migrateQueue } from './queue-schema.js';
import { READER_ROLE, SCHEMA, WRITER_ROLE } from './roles.js';

/** Any number that no other program takes for an advisory lock in the same database. */
const MIGRATION_LOCK = 7_236_511_904_413n;

/** Brings the tables up to date, one instance at a time. Answers the names of what it ran. */
export async function migrate(ownerUrl: string): Promise<string[]> {
  return withClient({ url: ownerUrl, applicationName: 'credits-migrate-lock' }, async (lock) => {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK.toString()]);
    const dataSource = await migrationDataSource(ownerUrl).initialize();
    try {
      const applied = await dataSource.runMigrations();
      // The service asks this table whether it fits the database it meets.
      await dataSource.query(`GRANT SELECT ON ${SCHEMA}.${MIGRATION_TABLE} TO ${WRITER_ROLE}, ${READER_ROLE}`);
      await withClient({ url: ownerUrl, applicationName: 'credits-migrate' }, raiseAccountWall);
      await withClient({ url: ownerUrl, applicationName: 'credits-migrate' }, migrateQueue);
      return applied.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  });
}

/** More migrations than this version knows are no obstacle: while a new version rolls out, the old one still serves. */
export async function missingMigrations(query: (sql: string) => Promise<readonly { name: string }[]>): Promise<string[]> {
  const applied = await query(`SELECT name FROM ${SCHEMA}.${MIGRATION_TABLE}`);
  const names = new Set(applied.map((row) => row.name));
  return migrations.map((migration) => migration.name).filter((name) => !names.has(name));
}
