import type { DataSource, EntityManager } from 'typeorm';
import type { Entry } from '../../domain/entry.js';
import { ENTRY_COLUMNS, POSTING_COLUMNS, entryOf, postingOf, type EntryRow, type PostingRow } from './entry-rows.js';
import { groupBy } from './group-by.js';

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
    `SELECT ${ENTRY_COLUMNS} FROM entry WHERE account_id = $1 AND seq ${comparison} $2 ORDER BY seq ${direction} LIMIT $3`,
    [accountId, beyond ?? (order === 'newest' ? Number.MAX_SAFE_INTEGER : 0), limit],
  );
  return withPostings(database, accountId, rows);
}

/** These entries, in that order. */
export async function readEntriesBySeq(database: DataSource | EntityManager, accountId: string, seqs: readonly number[], order: 'newest' | 'oldest'): Promise<Entry[]> {
  if (seqs.length === 0) return [];
  const rows = await database.query<EntryRow[]>(
    `SELECT ${ENTRY_COLUMNS} FROM entry WHERE account_id = $1 AND seq = ANY($2::bigint[]) ORDER BY seq ${order === 'newest' ? 'DESC' : 'ASC'}`,
    [accountId, seqs],
  );
  return withPostings(database, accountId, rows);
}

export async function readEntry(database: DataSource | EntityManager, accountId: string, seq: number): Promise<Entry | null> {
  const rows = await database.query<EntryRow[]>(`SELECT ${ENTRY_COLUMNS} FROM entry WHERE account_id = $1 AND seq = $2`, [accountId, seq]);
  return (await withPostings(database, accountId, rows))[0] ?? null;
}

/** The entry that was booked under an idempotency key, if there is one. `keyDigest` is hex. */
export async function readEntryOfKey(database: DataSource | EntityManager, accountId: string, keyDigest: string): Promise<Entry | null> {
  const rows = await database.query<EntryRow[]>(
    `SELECT ${ENTRY_COLUMNS} FROM entry WHERE account_id = $1 AND key_digest = decode($2, 'hex')`,
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
    `SELECT ${POSTING_COLUMNS}
       FROM posting WHERE account_id = $1 AND seq = ANY($2::bigint[]) ORDER BY seq, line`,
    [accountId, rows.map(({ seq }) => seq)],
  );
  const bySeq = groupBy(postings, ({ seq }) => seq);
  return rows.map((row) => entryOf(row, (bySeq.get(row.seq) ?? []).map(postingOf)));
}
