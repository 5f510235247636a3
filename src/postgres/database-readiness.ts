import type { DataSource } from 'typeorm';
import { missingMigrations } from './migrate.js';

/** What keeps the database from serving; nothing when all is well. */
export async function databaseProblems(dataSource: DataSource): Promise<string[]> {
  try {
    const missing = await missingMigrations((sql) => dataSource.query(sql));
    return missing.length === 0 ? [] : [`migrations are missing: ${missing.join(', ')}`];
  } catch {
    return ['the database does not answer'];
  }
}
