import type { DataSource } from 'typeorm';
import type { Scope } from '../../domain/api-key.js';
import type { ApiKey } from '../reads/api-keys.js';

export interface NewLink {
  readonly secretHmac: Buffer;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  readonly inFrame: boolean;
  /** Wall time in milliseconds, as everywhere here. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

export async function insertLink(database: DataSource, link: NewLink): Promise<void> {
  await database.query(
    `INSERT INTO sign_in_link (secret_hmac, key_id, scopes, in_frame, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [link.secretHmac, link.keyId, link.scopes, link.inFrame, new Date(link.createdAt), new Date(link.expiresAt)],
  );
}

/** What a link opened. */
export interface OpenedSession {
  readonly inFrame: boolean;
  readonly scopes: readonly Scope[];
  readonly accountId: string | null;
  readonly expiresAt: number;
}

/**
 * Uses a link up and opens its session, in one statement: of two that bring the same link, one gets a session. Null: there is no
 * such link, it was used, it has expired, or its key has ended.
 */
export async function openSession(
  database: DataSource,
  { linkHmac, sessionHmac, now, expiresAt }: { readonly linkHmac: Buffer; readonly sessionHmac: Buffer; readonly now: number; readonly expiresAt: number },
): Promise<OpenedSession | null> {
  const [row] = await database.query<{ in_frame: boolean; scopes: Scope[]; account_id: string | null; expires_at: Date }[]>(
    `WITH used AS (
       UPDATE sign_in_link AS l SET used_at = $3 FROM api_key AS k
        WHERE l.secret_hmac = $1 AND l.used_at IS NULL AND l.expires_at > $3
          AND k.key_id = l.key_id AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $3)
        RETURNING l.key_id, l.scopes, l.in_frame, k.account_id, least($4, coalesce(k.expires_at, $4)) AS expires_at),
     opened AS (
       INSERT INTO web_session (secret_hmac, key_id, scopes, created_at, expires_at)
       SELECT $2, key_id, scopes, $3, expires_at FROM used)
     SELECT in_frame, scopes, account_id, expires_at FROM used`,
    [linkHmac, sessionHmac, new Date(now), new Date(expiresAt)],
  );
  if (row === undefined) return null;
  return { inFrame: row.in_frame, scopes: row.scopes, accountId: row.account_id, expiresAt: row.expires_at.getTime() };
}

/**
 * A session, as the key that lends it its rights: with the session's own scopes, and its end if that comes first. One that a
 * person opened through the identity provider has no key: it stands for the person.
 */
export async function findSessionBySecret(database: DataSource, secretHmac: Buffer): Promise<ApiKey | null> {
  const [row] = await database.query<
    { key_id: string; label: string; scopes: Scope[]; account_id: string | null; created_at: Date; expires_at: Date; ended_at: Date | null; rate_limit: number | null }[]
  >(
    `SELECT s.key_id, k.label, s.scopes, k.account_id, s.created_at, least(s.expires_at, coalesce(k.expires_at, s.expires_at)) AS expires_at,
            coalesce(s.ended_at, k.revoked_at) AS ended_at, k.rate_limit
       FROM web_session AS s JOIN api_key AS k USING (key_id) WHERE s.secret_hmac = $1
     UNION ALL
     SELECT person, '', scopes, bound_account, created_at, expires_at, ended_at, NULL FROM person_session WHERE secret_hmac = $1`,
    [secretHmac],
  );
  if (row === undefined) return null;
  return {
    keyId: row.key_id,
    label: row.label,
    scopes: row.scopes,
    accountId: row.account_id,
    createdAt: row.created_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    revokedAt: row.ended_at?.getTime() ?? null,
    rotatedFrom: null,
    rateLimit: row.rate_limit,
    lastUsedAt: null,
  };
}

export async function endSession(database: DataSource, secretHmac: Buffer, now: number): Promise<void> {
  await database.query('UPDATE web_session SET ended_at = $2 WHERE secret_hmac = $1 AND ended_at IS NULL', [secretHmac, new Date(now)]);
}

/** What ended before an instant is of no more use to anybody. */
export async function removeEndedBefore(database: DataSource, before: number): Promise<void> {
  await database.query('DELETE FROM sign_in_link WHERE expires_at < $1', [new Date(before)]);
  await database.query('DELETE FROM web_session WHERE expires_at < $1', [new Date(before)]);
}
