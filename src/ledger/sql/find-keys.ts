import type { LedgerConnection } from '../connection.js';
import { BytesColumn, TextColumn } from './array-literal.js';

export interface UsedKey {
  readonly accountId: string;
  readonly keyDigest: string;
  readonly seq: number;
  readonly fingerprint: string | null;
}

/** Which keys are used already. LATERAL with a limit: one probe of the unique key each, whatever the planner believes. */
const FIND_KEYS = {
  name: 'find-keys',
  text: `SELECT k.account_id, encode(k.key_digest, 'hex'), e.seq, encode(e.fingerprint, 'hex')
    FROM unnest($1::text[], $2::bytea[]) AS k (account_id, key_digest)
    CROSS JOIN LATERAL (
      SELECT seq, fingerprint FROM entry WHERE account_id = k.account_id AND key_digest = k.key_digest LIMIT 1
    ) AS e`,
};

export async function findKeys(
  connection: LedgerConnection,
  keys: readonly { readonly accountId: string; readonly keyDigest: string }[],
): Promise<UsedKey[]> {
  const accounts = new TextColumn();
  const digests = new BytesColumn();
  for (const key of keys) {
    accounts.add(key.accountId);
    digests.add(key.keyDigest);
  }
  const rows = await connection.run(FIND_KEYS, [accounts.toString(), digests.toString()]);
  return rows.map(([accountId, keyDigest, seq, fingerprint]) => ({
    accountId: accountId as string,
    keyDigest: keyDigest as string,
    seq: Number.parseInt(seq as string, 10),
    fingerprint: fingerprint ?? null,
  }));
}
