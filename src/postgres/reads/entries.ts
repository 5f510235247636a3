import type { DataSource, EntityManager } from 'typeorm';
import { amount } from '../../domain/credits.js';
import type { Entry, EntryType, Posting } from '../../domain/entry.js';
import type { Bucket } from '../../domain/lot.js';
import { groupBy } from './group-by.js';

interface EntryRow {
  readonly account_id: string;
  readonly seq: string;
  readonly hash_version: number;
  readonly type: EntryType;
  readonly occurred_at: string;
  readonly recorded_at: string;
  readonly accounting_date: string;
  readonly key_digest: string | null;
  readonly fingerprint: string | null;
  readonly actor: string;
  readonly feature: string | null;
  readonly subject: string | null;
  readonly cites: string | null;
  readonly credits: string;
  readonly unfunded: string | null;
  readonly rate_version: string | null;
  readonly end_user: string | null;
  readonly metadata_hash: string | null;
  readonly detail: string;
  readonly available_after: string;
  readonly held_after: string;
  readonly hash: string;
}

interface PostingRow {
  readonly seq: string;
  readonly line: number;
  readonly lot_id: string;
  readonly from_bucket: Bucket;
  readonly to_bucket: Bucket;
  readonly credits: string;
  readonly rate_version: string | null;
  readonly share: string | null;
  readonly lot_available_after: string;
  readonly lot_held_after: string;
}

const ENTRY = `account_id, seq, hash_version, type, (extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_at,
  (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_at, accounting_date::text AS accounting_date,
  encode(key_digest, 'hex') AS key_digest, encode(fingerprint, 'hex') AS fingerprint, actor, feature, subject, cites, credits, unfunded,
  rate_version, encode(end_user, 'hex') AS end_user, encode(metadata_hash, 'hex') AS metadata_hash, detail::text AS detail,
  available_after, held_after, encode(hash, 'hex') AS hash`;

export interface EntryPage {
  readonly accountId: string;
  readonly order: 'newest' | 'oldest';
  /** Entries beyond this one, in that order; null: from the beginning. */
  readonly beyond: number | null;
  readonly limit: number;
}

/** A page over the primary key: its cost does not depend on where in the ledger it lies. */
export async function readEntryPage(database: DataSource | EntityManager, { accountId, order, beyond, limit }: EntryPage): Promise<Entry[]> {
  const [comparison, direction] = order === 'newest' ? ['<', 'DESC'] : ['>', 'ASC'];
  const rows = await database.query<EntryRow[]>(
    `SELECT ${ENTRY} FROM entry WHERE account_id = $1 AND seq ${comparison} $2 ORDER BY seq ${direction} LIMIT $3`,
    [accountId, beyond ?? (order === 'newest' ? Number.MAX_SAFE_INTEGER : 0), limit],
  );
  return withPostings(database, accountId, rows);
}

/** These entries, in that order. */
export async function readEntriesBySeq(database: DataSource | EntityManager, accountId: string, seqs: readonly number[], order: 'newest' | 'oldest'): Promise<Entry[]> {
  if (seqs.length === 0) return [];
  const rows = await database.query<EntryRow[]>(
    `SELECT ${ENTRY} FROM entry WHERE account_id = $1 AND seq = ANY($2::bigint[]) ORDER BY seq ${order === 'newest' ? 'DESC' : 'ASC'}`,
    [accountId, seqs],
  );
  return withPostings(database, accountId, rows);
}

export async function readEntry(database: DataSource | EntityManager, accountId: string, seq: number): Promise<Entry | null> {
  const rows = await database.query<EntryRow[]>(`SELECT ${ENTRY} FROM entry WHERE account_id = $1 AND seq = $2`, [accountId, seq]);
  return (await withPostings(database, accountId, rows))[0] ?? null;
}

/** The entry that was booked under an idempotency key, if there is one. `keyDigest` is hex. */
export async function readEntryOfKey(database: DataSource | EntityManager, accountId: string, keyDigest: string): Promise<Entry | null> {
  const rows = await database.query<EntryRow[]>(
    `SELECT ${ENTRY} FROM entry WHERE account_id = $1 AND key_digest = decode($2, 'hex')`,
    [accountId, keyDigest],
  );
  return (await withPostings(database, accountId, rows))[0] ?? null;
}

/** The free metadata that came with an entry; null where there was none, or it was erased. */
export async function readMetadata(database: DataSource | EntityManager, accountId: string, seq: number): Promise<Record<string, string> | null> {
  const [row] = await database.query<{ content: Record<string, string> }[]>(
    'SELECT content FROM entry_metadata WHERE account_id = $1 AND seq = $2',
    [accountId, seq],
  );
  return row?.content ?? null;
}

async function withPostings(database: DataSource | EntityManager, accountId: string, rows: readonly EntryRow[]): Promise<Entry[]> {
  if (rows.length === 0) return [];
  const postings = await database.query<PostingRow[]>(
    `SELECT seq, line, lot_id, from_bucket, to_bucket, credits, rate_version, share, lot_available_after, lot_held_after
       FROM posting WHERE account_id = $1 AND seq = ANY($2::bigint[]) ORDER BY seq, line`,
    [accountId, rows.map(({ seq }) => seq)],
  );
  const bySeq = groupBy(postings, ({ seq }) => seq);
  return rows.map((row) => entryOf(row, (bySeq.get(row.seq) ?? []).map(postingOf)));
}

function entryOf(row: EntryRow, postings: readonly Posting[]): Entry {
  return {
    accountId: row.account_id,
    seq: Number(row.seq),
    hashVersion: row.hash_version,
    type: row.type,
    occurredAt: Number(row.occurred_at),
    recordedAt: Number(row.recorded_at),
    accountingDate: row.accounting_date,
    keyDigest: row.key_digest,
    fingerprint: row.fingerprint,
    actor: row.actor,
    feature: row.feature,
    subject: row.subject,
    cites: row.cites === null ? null : Number(row.cites),
    credits: amount(row.credits),
    unfunded: row.unfunded === null ? null : amount(row.unfunded),
    rateVersion: row.rate_version,
    endUser: row.end_user,
    metadataHash: row.metadata_hash,
    detail: row.detail,
    availableAfter: amount(row.available_after),
    heldAfter: amount(row.held_after),
    hash: row.hash,
    postings,
  };
}

function postingOf(row: PostingRow): Posting {
  return {
    line: row.line,
    lotId: Number(row.lot_id),
    from: row.from_bucket,
    to: row.to_bucket,
    credits: amount(row.credits),
    rateVersion: row.rate_version,
    share: row.share,
    lotAvailableAfter: amount(row.lot_available_after),
    lotHeldAfter: amount(row.lot_held_after),
  };
}
