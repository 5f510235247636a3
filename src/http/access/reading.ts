import type { FastifyRequest } from 'fastify';
import type { DataSource, EntityManager } from 'typeorm';
import { withinAccount } from '../../postgres/within-account.js';
import { callerOf } from './requester.js';

/**
 * Reads for whoever asks. A caller who is bound to an account reads with the rights of that account and no others,
 * whatever the query says; a platform's key, finance and operators read as the service does.
 */
export function reading<Result>(
  database: DataSource,
  request: FastifyRequest,
  read: (database: DataSource | EntityManager) => Promise<Result>,
): Promise<Result> {
  const { accountId } = callerOf(request);
  return accountId === null ? read(database) : withinAccount(database, accountId, read);
}
