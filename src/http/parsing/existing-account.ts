import type { DataSource, EntityManager } from 'typeorm';
import { refuse } from '../../domain/errors.js';
import { accountExists } from '../../postgres/reads/accounts.js';

/** Lists of an account that does not exist are not empty: they are not there. */
export async function existingAccount(database: DataSource | EntityManager, accountId: string): Promise<void> {
  if (!(await accountExists(database, accountId))) refuse('account-not-found', 'There is no such account.');
}
