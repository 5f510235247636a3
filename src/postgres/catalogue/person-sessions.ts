import type { DataSource } from 'typeorm';
import type { Scope } from '../../domain/api-key.js';

export interface NewPersonSession {
  readonly secretHmac: Buffer;
  /** `person:<pseudonym>`. */
  readonly person: string;
  readonly scopes: readonly Scope[];
  readonly accountId: string | null;
  /** Of the sign-in that opens it. */
  readonly signInDigest: Buffer;
  readonly sealedIdToken: Buffer;
  /** Wall time in milliseconds, as everywhere here. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Says whether it was opened; false: this sign-in has opened one already. */
export async function insertPersonSession(database: DataSource, session: NewPersonSession): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    `INSERT INTO person_session (secret_hmac, person, scopes, bound_account, sign_in_digest, sealed_id_token, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sign_in_digest) DO NOTHING RETURNING 1`,
    [
      session.secretHmac,
      session.person,
      session.scopes,
      session.accountId,
      session.signInDigest,
      session.sealedIdToken,
      new Date(session.createdAt),
      new Date(session.expiresAt),
    ],
  );
  return rows.length === 1;
}

/** Ends a session. Answers the sealed ID token that it had; null: there is no such session, or it had ended. */
export async function endPersonSession(database: DataSource, secretHmac: Buffer, now: number): Promise<Buffer | null> {
  const [row] = await database.query<{ sealed_id_token: Buffer | null }[]>(
    `WITH found AS (SELECT secret_hmac, sealed_id_token FROM person_session WHERE secret_hmac = $1 AND ended_at IS NULL FOR UPDATE),
          ended AS (UPDATE person_session AS s SET ended_at = $2, sealed_id_token = NULL FROM found WHERE s.secret_hmac = found.secret_hmac)
     SELECT sealed_id_token FROM found`,
    [secretHmac, new Date(now)],
  );
  return row?.sealed_id_token ?? null;
}

/** What ended before an instant is of no more use to anybody. */
export async function removePersonSessionsBefore(database: DataSource, before: number): Promise<void> {
  await database.query('DELETE FROM person_session WHERE expires_at < $1', [new Date(before)]);
}
