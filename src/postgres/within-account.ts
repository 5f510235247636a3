import type { Client } from 'pg';
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
  checkBound(accountId);
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

/** Does one read with the rights of the service, on a connection that has those of one account. */
export type AsService = <Result>(read: () => Promise<Result>) => Promise<Result>;

/**
 * A connection for long reads without a transaction, with the rights of one account, or with the service's where none is named.
 * To be released, whatever happens.
 */
export async function clientWithin(
  database: DataSource,
  accountId: string | null,
): Promise<{ readonly client: Client; readonly asService: AsService; readonly release: () => Promise<void> }> {
  if (accountId !== null) checkBound(accountId);
  const runner = database.createQueryRunner();
  const client = (await runner.connect()) as Client;
  if (accountId === null) return { client, asService: (read) => read(), release: () => runner.release() };
  const asAccount = () => client.query(`SET ROLE ${ACCOUNT_ROLE}; SET ${ACCOUNT_SETTING} = '${accountId}'`);
  const asItself = () => client.query(`RESET ROLE; RESET ${ACCOUNT_SETTING}`);
  const release = async (): Promise<void> => {
    // One that cannot be given its own rights back is closed: nobody else gets it.
    await asItself().catch(() => client.end());
    await runner.release();
  };
  const asService: AsService = async (read) => {
    await asItself();
    const result = await read();
    await asAccount();
    return result;
  };
  try {
    await asAccount();
  } catch (error) {
    await release();
    throw error;
  }
  return { client, asService, release };
}

function checkBound(accountId: string): void {
  if (!ACCOUNT_ID.test(accountId)) throw new Error('a caller is bound to something that is no account');
}
