import type { DataSource, EntityManager } from 'typeorm';
import type { Scope } from '../../domain/api-key.js';
import { ApiKeyRow } from '../entities/api-key.entity.js';

export interface ApiKey {
  readonly keyId: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly accountId: string | null;
  /** Wall time, as are the other two: keys are no matter of the contract. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** The key that this one succeeds. */
  readonly rotatedFrom: string | null;
  /** Requests per window; null: as many as any key. */
  readonly rateLimit: number | null;
  /** Not older than a minute. */
  readonly lastUsedAt: number | null;
}

export async function findApiKeyBySecret(database: DataSource, secretHmac: Buffer): Promise<ApiKey | null> {
  const row = await database.manager.findOneBy(ApiKeyRow, { secretHmac });
  return row === null ? null : apiKeyOf(row);
}

export async function readApiKey(database: DataSource | EntityManager, keyId: string): Promise<ApiKey | null> {
  const manager = 'manager' in database ? database.manager : database;
  const row = await manager.findOneBy(ApiKeyRow, { keyId });
  return row === null ? null : apiKeyOf(row);
}

/** Keys of one account, or all; in order of creation. */
export async function readApiKeys(database: DataSource | EntityManager, accountId: string | null): Promise<ApiKey[]> {
  const manager = 'manager' in database ? database.manager : database;
  const rows = await manager.find(ApiKeyRow, {
    where: accountId === null ? {} : { accountId },
    order: { createdAt: 'ASC', keyId: 'ASC' },
  });
  return rows.map(apiKeyOf);
}

function apiKeyOf(row: ApiKeyRow): ApiKey {
  return {
    keyId: row.keyId,
    label: row.label,
    scopes: row.scopes,
    accountId: row.accountId,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt?.getTime() ?? null,
    revokedAt: row.revokedAt?.getTime() ?? null,
    rotatedFrom: row.rotatedFrom,
    rateLimit: row.rateLimit,
    lastUsedAt: row.lastUsedAt?.getTime() ?? null,
  };
}
