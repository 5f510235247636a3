import type { DataSource } from 'typeorm';
import { ACTS_CHAIN } from '../../domain/administrative-act.js';
import type { PublishedKey, SignedHead } from '../../domain/signed-head.js';

/** The head of an account's chain as its locked row has it. */
export interface Head {
  readonly accountId: string;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

/** Accounts are looked through in stretches of so many, so that no statement takes long however many there are. */
const STRETCH = 2_000;

export interface UnsignedStretch {
  readonly heads: readonly Head[];
  /** The last account that was looked at; null: there are no more. */
  readonly last: string | null;
}

/** Heads that no signature covers yet, of the next accounts after one. */
export async function readUnsignedHeads(database: DataSource, after: string): Promise<UnsignedStretch> {
  const rows = await database.query<{ account_id: string; seq: string; hash: string; unsigned: boolean }[]>(
    `SELECT s.account_id, s.seq, encode(s.head_hash, 'hex') AS hash, s.seq > coalesce(h.seq, 0) AS unsigned
       FROM (SELECT account_id, seq, head_hash FROM account_state WHERE account_id > $1 ORDER BY account_id LIMIT ${STRETCH}) AS s
       LEFT JOIN LATERAL (SELECT seq FROM signed_head AS h WHERE h.account_id = s.account_id ORDER BY seq DESC LIMIT 1) AS h ON true
      ORDER BY s.account_id`,
    [after],
  );
  return {
    heads: rows.filter(({ unsigned }) => unsigned).map((row) => ({ accountId: row.account_id, seq: Number(row.seq), hash: row.hash })),
    last: rows.length < STRETCH ? null : (rows.at(-1)?.account_id ?? null),
  };
}

/** The head of the chain of administrative acts, unless it is signed already or has no act. */
export async function readUnsignedActsHead(database: DataSource): Promise<Head | null> {
  const [row] = await database.query<{ seq: string; hash: string }[]>(
    `SELECT seq, encode(hash, 'hex') AS hash FROM administrative_head AS a
      WHERE seq > 0 AND NOT EXISTS (SELECT FROM signed_head AS h WHERE h.account_id = $1 AND h.seq = a.seq)`,
    [ACTS_CHAIN],
  );
  return row === undefined ? null : { accountId: ACTS_CHAIN, seq: Number(row.seq), hash: row.hash };
}

/** The head of one account; null: there is no such account. */
export async function readHead(database: DataSource, accountId: string): Promise<Head | null> {
  const [row] = await database.query<{ seq: string; hash: string }[]>(
    `SELECT seq, encode(head_hash, 'hex') AS hash FROM account_state WHERE account_id = $1`,
    [accountId],
  );
  return row === undefined ? null : { accountId, seq: Number(row.seq), hash: row.hash };
}

/** Of two instances that sign the same head, the first one's signature is kept. */
export async function insertSignedHeads(database: DataSource, heads: readonly SignedHead[]): Promise<void> {
  await database.query(
    `INSERT INTO signed_head (account_id, seq, hash, signed_at, key_id, signature)
     SELECT account_id, seq, decode(hash, 'hex'), signed_at, key_id, decode(signature, 'hex')
       FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::text[]) AS head (account_id, seq, hash, signed_at, key_id, signature)
     ON CONFLICT DO NOTHING`,
    [
      heads.map(({ accountId }) => accountId),
      heads.map(({ seq }) => seq),
      heads.map(({ hash }) => hash),
      heads.map(({ signedAt }) => new Date(signedAt).toISOString()),
      heads.map(({ keyId }) => keyId),
      heads.map(({ signature }) => Buffer.from(signature, 'base64url').toString('hex')),
    ],
  );
}

/** Says whether the key is new. */
export async function insertSigningKey(database: DataSource, key: PublishedKey): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    `INSERT INTO signing_key (key_id, public_key, introduced_at, endorsed_by, endorsement) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING RETURNING 1`,
    [
      key.keyId,
      Buffer.from(key.publicKey, 'hex'),
      new Date(key.introducedAt),
      key.endorsedBy,
      key.endorsement === null ? null : Buffer.from(key.endorsement, 'base64url'),
    ],
  );
  return rows.length === 1;
}
