import type { DataSource, EntityManager } from 'typeorm';
import { ACCOUNT_SETTING } from './account-wall.js';
import { ACCOUNT_ROLE } from './roles.js';

const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Reads with the rights of one account: of other accounts row-level security shows nothing. One short transaction. */
export async function withinAccount<Result>(
  database: DataSource,
  accountId: string,
  read: (database: EntityManager) => Promise<Result>,
): Promise<Result> {
  if (!ACCOUNT_ID.test(accountId)) throw new Error('a caller is bound to something that is no account');
  const runner = database.createQueryRunner();
  try {
    // One round trip. All of it ends with the transaction, however it ends.
    await runner.query(`BEGIN READ ONLY; SET LOCAL ROLE ${ACCOUNT_ROLE}; SET LOCAL ${ACCOUNT_SETTING} = '${accountId}'`);
    const result = await read(runner.manager);
    await runner.query('COMMIT');
    return result;
  } catch (error) {
    await runner.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
}
