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
  /** Requests per window; null: as many as any key. */
  readonly rateLimit: number | null;
}

export interface IssuedKey extends Answered<ApiKey> {
  /** Shown once: a replay has none, because it is kept nowhere. */
  readonly secret: string | null;
}

export const KEY_PREFIX = 'kac_';

/** Only this, under a pepper that is not in the database, is stored of a key. */
export function secretHmac(secret: string, pepper: Buffer): Buffer {
  return createHmac('sha256', pepper).update(secret).digest();
}

/** Answers of the first versions are on record without these. */
const UNKNOWN_IN_OLD_ANSWERS = { rotatedFrom: null, rateLimit: null, lastUsedAt: null };

export class IssueApiKey {
  constructor(
    private readonly database: DataSource,
    private readonly pepper: Buffer,
    private readonly wallNow: () => number,
  ) {}

  async run(key: KeyRequest, request: CatalogueRequest): Promise<IssuedKey> {
    const wrong = checkKeyRights(key);
    if (wrong !== null) throw new RefusedError(wrong);
    const secret = KEY_PREFIX + randomBytes(32).toString('base64url');
    const answered = await answeredOnce(this.database, request, async (manager) => {
      const { accountId, expiresAt, label, rateLimit } = key;
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
        rateLimit,
      });
      return { keyId, label, scopes, accountId, createdAt, expiresAt, revokedAt: null, ...UNKNOWN_IN_OLD_ANSWERS, rateLimit };
    });
    return { ...answered, answer: { ...UNKNOWN_IN_OLD_ANSWERS, ...answered.answer }, secret: answered.replayed ? null : secret };
  }
}
