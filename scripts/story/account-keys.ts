import { randomUUID } from 'node:crypto';
import type { ApiClient } from './api-client.js';

/** Who takes part: only an admin of the licensee buys, only finance records payments, and a backend can do neither (P6). */
export interface AccountKeys {
  readonly admin: string;
  readonly finance: string;
  readonly backend: string;
}

export interface MintedKeys extends AccountKeys {
  /** Revokes them again. */
  revoke(): Promise<void>;
}

/** New API keys; their secrets are told this once. */
export async function mintKeys(client: ApiClient, operatorKey: string, accountId: string, purpose: string): Promise<MintedKeys> {
  const ids: string[] = [];
  const mint = async (role: string, scopes: readonly string[], bound: boolean): Promise<string> => {
    const { keyId, secret } = await client.succeed<{ keyId: string; secret: string }>({
      method: 'POST',
      path: '/v1/api-keys',
      apiKey: operatorKey,
      idempotencyKey: randomUUID(),
      body: { label: `${purpose}: ${role}`, scopes, ...(bound ? { accountId } : {}) },
    });
    ids.push(keyId);
    return secret;
  };
  const admin = await mint('admin of the licensee', ['account:admin'], true);
  const finance = await mint('finance', ['finance'], false);
  const backend = await mint('AI backend', ['usage:write', 'account:read'], true);
  const revoke = async (): Promise<void> => {
    for (const id of ids) await client.succeed({ method: 'DELETE', path: `/v1/api-keys/${id}`, apiKey: operatorKey });
  };
  return { admin, finance, backend, revoke };
}
