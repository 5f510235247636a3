import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type CatalogueRequest } from '../postgres/catalogue/answered-once.js';
import { endApiKeyBy } from '../postgres/catalogue/end-api-key-by.js';
import { insertNew } from '../postgres/catalogue/insert-new.js';
import { ApiKeyRow } from '../postgres/entities/api-key.entity.js';
import { readApiKey, type ApiKey } from '../postgres/reads/api-keys.js';
import { KEY_PREFIX, secretHmac, type IssuedKey } from './issue-api-key.js';
import { uuidV7 } from './uuid-v7.js';

export interface Rotation {
  readonly keyId: string;
  /** The account whose keys the caller may rotate; null: any. */
  readonly ownAccount: string | null;
  /** For so long the old key goes on. */
  readonly overlapMs: number;
  /** End of the new key, milliseconds of wall time; null: it gets as long a life as the old one was given. */
  readonly expiresAt: number | null;
}

/**
 * A new secret with the same rights, and an end for the old one. Both pass meanwhile, so that whoever uses the key can
 * change it without a gap. Whoever lost the answer rotates again: a replay has no secret.
 */
export class RotateApiKey {
  constructor(
    private readonly database: DataSource,
    private readonly pepper: Buffer,
    private readonly wallNow: () => number,
  ) {}

  async run(rotation: Rotation, request: CatalogueRequest): Promise<IssuedKey> {
    const secret = KEY_PREFIX + randomBytes(32).toString('base64url');
    const answered = await answeredOnce(this.database, request, async (manager): Promise<ApiKey> => {
      const old = await readApiKey(manager, rotation.keyId);
      if (old === null || (rotation.ownAccount !== null && old.accountId !== rotation.ownAccount)) {
        refuse('api-key-not-found', 'There is no such API key.');
      }
      const now = this.wallNow();
      if (old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= now)) {
        refuse('api-key-ended', 'This key has ended. Issue another one.');
      }
      const life = old.expiresAt === null ? null : now + (old.expiresAt - old.createdAt);
      const successor = { ...old, keyId: uuidV7(now), createdAt: now, expiresAt: rotation.expiresAt ?? life, rotatedFrom: old.keyId, lastUsedAt: null };
      if (successor.expiresAt !== null && successor.expiresAt <= now) {
        refuse('invalid-request', 'The new key would have ended already.', { pointer: '/expiresAt' });
      }
      await insertNew(manager, ApiKeyRow, {
        ...successor,
        scopes: [...old.scopes],
        secretHmac: secretHmac(secret, this.pepper),
        createdAt: new Date(now),
        expiresAt: successor.expiresAt === null ? null : new Date(successor.expiresAt),
        revokedAt: null,
        lastUsedAt: null,
      });
      await endApiKeyBy(manager, old.keyId, now + rotation.overlapMs);
      return successor;
    });
    return { ...answered, secret: answered.replayed ? null : secret };
  }
}
