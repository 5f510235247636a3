import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { secretHmac } from '../../src/operations/issue-api-key.js';

/** A key (a backend's, unless other scopes are asked for) for one account, or for all, as the service would have made it. Answers its secret. */
export async function createApiKey(admin: Client, keyPepper: string, accountId: string | null, scopes: readonly string[] = ['usage:write']): Promise<string> {
  const secret = `kac_${randomBytes(32).toString('base64url')}`;
  await admin.query(
    `INSERT INTO api_key (key_id, secret_hmac, label, scopes, account_id, created_at)
     VALUES ($3, $1, 'Benchmark', $4, $2, now())`,
    [secretHmac(secret, Buffer.from(keyPepper, 'hex')), accountId, `bench-${randomBytes(4).toString('hex')}`, scopes],
  );
  return secret;
}
