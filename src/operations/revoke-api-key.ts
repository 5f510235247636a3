import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { revokeApiKey } from '../postgres/catalogue/revoke-api-key.js';
import { readApiKey } from '../postgres/reads/api-keys.js';

/** Ends a key. Doing it again changes nothing. */
export class RevokeApiKey {
  constructor(
    private readonly database: DataSource,
    private readonly wallNow: () => number,
  ) {}

  /** `ownAccount`: the account whose keys the caller may revoke; null: any. */
  async run(keyId: string, ownAccount: string | null): Promise<void> {
    const key = await readApiKey(this.database, keyId);
    if (key === null || (ownAccount !== null && key.accountId !== ownAccount)) {
      refuse('api-key-not-found', 'There is no such API key.');
    }
    await revokeApiKey(this.database, keyId, this.wallNow());
  }
}
