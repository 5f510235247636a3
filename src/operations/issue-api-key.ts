import { createHmac, randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { checkKeyRights, type KeyRights } from '../domain/api-key.js';
import { RefusedError, refuse } from '../domain/errors.js';
import { answeredOnce, type Answered, type CatalogueRequest } from '../postgres/catalogue/answered-once.js';
import { insertNew } from '../postgres/catalogue/insert-new.js';
import { ApiKeyRow } from '../postgres/entities/api-key.entity.js';
import { accountExists } from '../postgres/reads/accounts.js';
import type { ApiKey } from '../postgres/reads/api-keys.js';
import { uuidV7 } from './uuid-v7.js';

export interface KeyRequest extends KeyRights {
  readonly label: string;
  /** Milliseconds of wall time; null: never. */
  readonly expiresAt: number | null;
}

export interface IssuedKey extends Answered<ApiKey> {
  /** Shown once: a replay has none, because it is kept nowhere. */
  readonly secret: string | null;
}

const PREFIX = 'kac_';

/** Only this, under a pepper that is not in the database, is stored of a key. */
export function secretHmac(secret: string, pepper: Buffer): Buffer {
  return createHmac('sha256', pepper).update(secret).digest();
}

export class IssueApiKey {
  constructor(
    private readonly database: DataSource,
    private readonly pepper: Buffer,
    private readonly wallNow: () => number,
  ) {}

  async run(key: KeyRequest, request: CatalogueRequest): Promise<IssuedKey> {
    const wrong = checkKeyRights(key);
    if (wrong !== null) throw new RefusedError(wrong);
    const secret = PREFIX + randomBytes(32).toString('base64url');
    const answered = await answeredOnce(this.database, request, async (manager) => {
      const { accountId, expiresAt, label } = key;
      if (accountId !== null && !(await accountExists(manager, accountId))) {
        refuse('account-not-found', 'There is no such account.', { pointer: '/accountId' });
      }
      const createdAt = this.wallNow();
      const scopes = [...key.scopes].sort();
      const keyId = uuidV7(createdAt);
      await insertNew(manager, ApiKeyRow, {
        keyId,
        secretHmac: secretHmac(secret, this.pepper),
        label,
        scopes,
        accountId,
        createdAt: new Date(createdAt),
        expiresAt: expiresAt === null ? null : new Date(expiresAt),
      });
      return { keyId, label, scopes, accountId, createdAt, expiresAt, revokedAt: null };
    });
    return { ...answered, secret: answered.replayed ? null : secret };
  }
}
