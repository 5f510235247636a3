import type { EntityManager } from 'typeorm';
import { genesisHash } from '../../domain/hash-chain.js';
import { AccountRow } from '../entities/account.entity.js';
import { insertNew } from './insert-new.js';

/** An account and the head of its empty ledger. Says whether it is new. */
export async function insertAccount(manager: EntityManager, accountId: string, licenseeId: string, now: number): Promise<boolean> {
  const createdAt = new Date(now);
  if (!(await insertNew(manager, AccountRow, { accountId, licenseeId, createdAt }))) return false;
  await manager.query(
    `INSERT INTO account_state (account_id, head_hash, last_recorded_at) VALUES ($1, decode($2, 'hex'), $3)`,
    [accountId, genesisHash(accountId), createdAt],
  );
  return true;
}
