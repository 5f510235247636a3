import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { secretHmac } from '../../src/operations/issue-api-key.js';

/** A backend's key for one account, or for all, as the service would have made it. Answers its secret. */
export async function createApiKey(admin: Client, keyPepper: string, accountId: string | null): Promise<string> {
  const secret = `kac_${randomBytes(32).toString('base64url')}`;
  await admin.query(
    `INSERT INTO api_key (key_id, secret_hmac, label, scopes, account_id, created_at)
     VALUES ($3, $1, 'Benchmark', ARRAY['usage:write'], $2, now())`,
    [secretHmac(secret, Buffer.from(keyPepper, 'hex')), accountId, `bench-${randomBytes(4).toString('hex')}`],
  );
  return secret;
}
