import { IsNull, type DataSource } from 'typeorm';
import { ApiKeyRow } from '../entities/api-key.entity.js';

/** Ends a key's validity. Says whether it was valid until now. */
export async function revokeApiKey(database: DataSource, keyId: string, now: number): Promise<boolean> {
  const { affected } = await database.manager.update(ApiKeyRow, { keyId, revokedAt: IsNull() }, { revokedAt: new Date(now) });
  return affected === 1;
}
