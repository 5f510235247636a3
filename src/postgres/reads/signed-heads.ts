import type { Client } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import type { PublishedKey, SignedHead } from '../../domain/signed-head.js';

const COLUMNS = `account_id, seq, encode(hash, 'hex') AS hash, (extract(epoch FROM signed_at) * 1000)::bigint AS signed_at, key_id, encode(signature, 'hex') AS signature`;

interface HeadRow {
  readonly account_id: string;
  readonly seq: string;
  readonly hash: string;
  readonly signed_at: string;
  readonly key_id: string;
  readonly signature: string;
}

function headOf(row: HeadRow): SignedHead {
  return {
    accountId: row.account_id,
    seq: Number(row.seq),
    hash: row.hash,
    signedAt: Number(row.signed_at),
    keyId: row.key_id,
    signature: Buffer.from(row.signature, 'hex').toString('base64url'),
  };
}

/** Newest first; `before`: only those of entries with a smaller number. */
export async function readSignedHeads(database: DataSource | EntityManager, page: { readonly accountId: string; readonly before: number | null; readonly limit: number }): Promise<SignedHead[]> {
  const rows = await database.query<HeadRow[]>(
    `SELECT ${COLUMNS} FROM signed_head WHERE account_id = $1 AND ($2::bigint IS NULL OR seq < $2::bigint) ORDER BY seq DESC LIMIT $3`,
    [page.accountId, page.before, page.limit],
  );
  return rows.map(headOf);
}

export async function readSignedHead(database: DataSource, accountId: string, seq: number): Promise<SignedHead | null> {
  const [row] = await database.query<HeadRow[]>(`SELECT ${COLUMNS} FROM signed_head WHERE account_id = $1 AND seq = $2`, [accountId, seq]);
  return row === undefined ? null : headOf(row);
}

/** The newest head of each of the next accounts after one, in order of their ids. */
export async function readNewestHeads(database: DataSource, after: string, limit: number): Promise<SignedHead[]> {
  const rows = await database.query<HeadRow[]>(
    `SELECT h.* FROM (SELECT account_id FROM account_state WHERE account_id > $1 ORDER BY account_id) AS s
       CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM signed_head WHERE account_id = s.account_id ORDER BY seq DESC LIMIT 1) AS h
      ORDER BY h.account_id LIMIT $2`,
    [after, limit],
  );
  return rows.map(headOf);
}

const KEYS = `
  SELECT key_id, encode(public_key, 'hex') AS public_key, (extract(epoch FROM introduced_at) * 1000)::bigint AS introduced_at,
         endorsed_by, encode(endorsement, 'hex') AS endorsement
    FROM signing_key ORDER BY introduced_at, key_id`;

interface KeyRow {
  readonly key_id: string;
  readonly public_key: string;
  readonly introduced_at: string;
  readonly endorsed_by: string | null;
  readonly endorsement: string | null;
}

function keyOf(row: KeyRow): PublishedKey {
  return {
    keyId: row.key_id,
    publicKey: row.public_key,
    introducedAt: Number(row.introduced_at),
    endorsedBy: row.endorsed_by,
    endorsement: row.endorsement === null ? null : Buffer.from(row.endorsement, 'hex').toString('base64url'),
  };
}

/** In order of their introduction. */
export async function readSigningKeys(database: DataSource): Promise<PublishedKey[]> {
  return (await database.query<KeyRow[]>(KEYS)).map(keyOf);
}

export async function verifiedSigningKeys(client: Client): Promise<PublishedKey[]> {
  return (await client.query<KeyRow>(KEYS)).rows.map(keyOf);
}

const STRETCH = `SELECT ${COLUMNS} FROM signed_head WHERE account_id = $1 AND seq > $2::bigint AND seq <= $3::bigint ORDER BY account_id, seq`;

/** Heads of entries after one up to another, oldest first. */
export async function verifiedHeads(client: Client, accountId: string, after: number, upTo: number): Promise<SignedHead[]> {
  const { rows } = await client.query<HeadRow>({ name: 'verify-signed-heads', text: STRETCH, values: [accountId, after, upTo] });
  return rows.map(headOf);
}

export interface HeadsInSnapshot {
  readonly newest: number;
  /** Heads of entries that are not there. */
  readonly beyond: readonly SignedHead[];
  /** Recorded time of the first entry that no head covers; null: all are covered. */
  readonly uncoveredSince: number | null;
  readonly businessNow: number;
}

const BEYOND = `SELECT ${COLUMNS} FROM signed_head WHERE account_id = $1 AND seq > $2::bigint ORDER BY seq LIMIT 1000`;
const COVER = `
  WITH newest AS (SELECT coalesce(max(seq), 0) AS seq FROM signed_head WHERE account_id = $1)
  SELECT newest.seq AS newest,
         (SELECT (extract(epoch FROM recorded_at) * 1000)::bigint FROM entry WHERE account_id = $1 AND entry.seq > newest.seq ORDER BY entry.seq LIMIT 1) AS since,
         (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + offset_ms FROM business_clock) AS now
    FROM newest`;

/** To be read in the snapshot that knows the account's last entry: a later one would see heads of later entries. */
export async function headsInSnapshot(client: Client, accountId: string, lastEntry: number): Promise<HeadsInSnapshot> {
  const beyond = await client.query<HeadRow>({ name: 'verify-heads-beyond', text: BEYOND, values: [accountId, lastEntry] });
  const cover = await client.query<{ newest: string; since: string | null; now: string }>({ name: 'verify-heads-cover', text: COVER, values: [accountId] });
  const [row] = cover.rows;
  return {
    newest: Number(row?.newest ?? 0),
    beyond: beyond.rows.map(headOf),
    uncoveredSince: row?.since == null ? null : Number(row.since),
    businessNow: Number(row?.now ?? 0),
  };
}
