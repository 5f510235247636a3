import type { DataSource, EntityManager } from 'typeorm';
import type { Entry, EntryType } from '../../domain/entry.js';
import { CHUNK, readChunks } from './activity.js';
import { findSeqAt } from './balance.js';
import { readEntriesBySeq } from './entries.js';

type Database = DataSource | EntityManager;

export interface EntryFilter {
  readonly feature: string | null;
  readonly types: readonly EntryType[] | null;
  readonly holdId: string | null;
  /** Recorded at or after, and before, these instants. */
  readonly from: number | null;
  readonly until: number | null;
}

export interface FilteredPage {
  readonly accountId: string;
  readonly order: 'newest' | 'oldest';
  readonly beyond: number | null;
  readonly limit: number;
}

/** Which seq a page may have: both ends included. */
interface Range {
  readonly least: number;
  readonly most: number;
}

const HOLD_TYPES: readonly EntryType[] = ['hold', 'hold-extended', 'hold-released', 'hold-expired', 'capture'];

/**
 * A page of entries that a filter lets through. Times become numbers of entries (recordedAt never falls along seq), a hold has
 * an index, and features and types are looked for only in chunks that have some: a rare one among a million costs no scan. The
 * account's activity has to be folded by then.
 */
export async function readFilteredPage(database: Database, page: FilteredPage, filter: EntryFilter): Promise<Entry[]> {
  const range = await rangeOf(database, page, filter);
  if (range.least > range.most) return [];
  const found = filter.holdId === null ? await inChunks(database, page, filter, range) : await ofHold(database, page, filter, range, filter.holdId);
  return readEntriesBySeq(database, page.accountId, found, page.order);
}

async function rangeOf(database: Database, { accountId, order, beyond }: FilteredPage, { from, until }: EntryFilter): Promise<Range> {
  const least = from === null ? 1 : (await findSeqAt(database, accountId, from - 1)) + 1;
  const most = until === null ? Number.MAX_SAFE_INTEGER : await findSeqAt(database, accountId, until - 1);
  if (beyond === null) return { least, most };
  return order === 'newest' ? { least, most: Math.min(most, beyond - 1) } : { least: Math.max(least, beyond + 1), most };
}

async function ofHold(database: Database, { accountId, order, limit }: FilteredPage, filter: EntryFilter, { least, most }: Range, holdId: string): Promise<number[]> {
  const rows = await database.query<{ seq: string }[]>(
    `SELECT seq FROM entry
      WHERE account_id = $1 AND subject = $2 AND seq BETWEEN $3 AND $4
        AND type IN (${HOLD_TYPES.map((type) => `'${type}'`).join(', ')}) AND ($5::text[] IS NULL OR type = ANY($5)) AND ($6::text IS NULL OR feature = $6)
      ORDER BY seq ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT $7`,
    [accountId, holdId, least, most, filter.types, filter.feature, limit],
  );
  return rows.map(({ seq }) => Number(seq));
}

async function inChunks(database: Database, page: FilteredPage, filter: EntryFilter, range: Range): Promise<number[]> {
  const { accountId, order, limit } = page;
  const chunks = (await readChunks(database, accountId, { ...filter, order })).filter(
    ({ chunk }) => chunk * CHUNK <= range.most && (chunk + 1) * CHUNK > range.least,
  );
  const found: number[] = [];
  while (found.length < limit && chunks.length > 0) {
    const some = chunks.splice(0, enough(chunks, limit - found.length));
    const numbers = some.map(({ chunk }) => chunk);
    const rows = await database.query<{ seq: string }[]>(
      `SELECT e.seq FROM unnest($2::bigint[]) AS c (chunk)
        CROSS JOIN LATERAL (
          SELECT seq FROM entry
           WHERE account_id = $1 AND seq >= greatest(c.chunk * ${CHUNK}, $3) AND seq <= least((c.chunk + 1) * ${CHUNK} - 1, $4)
             AND ($5::text IS NULL OR feature = $5) AND ($6::text[] IS NULL OR type = ANY($6))
           ORDER BY seq ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT $7) AS e
        ORDER BY e.seq ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT $7`,
      [accountId, numbers, range.least, range.most, filter.feature, filter.types, limit - found.length],
    );
    found.push(...rows.map(({ seq }) => Number(seq)));
  }
  return found;
}

/** How many chunks, from the first, surely have so many; the first may lie outside the range in part. */
function enough(chunks: readonly { readonly entries: number }[], wanted: number): number {
  let entries = 0;
  let count = 0;
  for (const chunk of chunks) {
    count += 1;
    if (count > 1) entries += chunk.entries;
    if (entries >= wanted || count === 64) break;
  }
  return count;
}
