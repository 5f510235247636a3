import type { EntityManager } from 'typeorm';

/** Lets a key end at that instant (milliseconds of wall time), or earlier where it would have ended earlier. */
export async function endApiKeyBy(manager: EntityManager, keyId: string, end: number): Promise<void> {
  await manager.query('UPDATE api_key SET expires_at = least(expires_at, $2) WHERE key_id = $1', [keyId, new Date(end)]);
}
