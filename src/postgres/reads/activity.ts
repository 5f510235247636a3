import type { DataSource, EntityManager } from 'typeorm';
import type { EntryType } from '../../domain/entry.js';

/** Entries counted together: a million of them make a thousand chunks. */
export const CHUNK = 1_024;
const FOLDED_AT_ONCE = 50_000;

/**
 * Brings an account's activity up to its newest entry. It is a fold over entries that never change, so it can lag, be killed or
 * run twice: the row of its head is locked, and what was folded is never folded again. Of no debit's way, at no debit's cost.
 */
export async function foldActivity(database: DataSource, accountId: string): Promise<void> {
  for (;;) {
    const [lag] = await database.query<{ behind: string }[]>(
      `SELECT s.seq - coalesce(h.seq, 0) AS behind FROM account_state AS s LEFT JOIN activity_head AS h USING (account_id) WHERE s.account_id = $1`,
      [accountId],
    );
    if (lag === undefined || Number(lag.behind) <= 0) return;
    await foldSome(database, accountId);
  }
}

async function foldSome(database: DataSource, accountId: string): Promise<void> {
  await database.transaction(async (manager) => {
    await manager.query('INSERT INTO activity_head (account_id, seq) VALUES ($1, 0) ON CONFLICT DO NOTHING', [accountId]);
    const [head] = await manager.query<{ seq: string }[]>('SELECT seq FROM activity_head WHERE account_id = $1 FOR UPDATE', [accountId]);
    const folded = Number(head?.seq ?? 0);
    const [newest] = await manager.query<{ seq: string }[]>('SELECT seq FROM account_state WHERE account_id = $1', [accountId]);
    const upTo = Math.min(Number(newest?.seq ?? 0), folded + FOLDED_AT_ONCE);
    if (upTo <= folded) return;
    await manager.query(FOLD, [accountId, folded, upTo, CHUNK]);
    await manager.query('UPDATE activity_head SET seq = $2 WHERE account_id = $1', [accountId, upTo]);
  });
}

const FOLD = `
  INSERT INTO activity AS a (account_id, chunk, day, feature, type, entries, credits, unfunded)
  SELECT account_id, seq / $4, accounting_date, coalesce(feature, ''), type, count(*), sum(credits), coalesce(sum(unfunded), 0)
    FROM entry WHERE account_id = $1 AND seq > $2 AND seq <= $3
   GROUP BY account_id, seq / $4, accounting_date, coalesce(feature, ''), type
  ON CONFLICT (account_id, chunk, day, feature, type) DO UPDATE
     SET entries = a.entries + excluded.entries, credits = a.credits + excluded.credits, unfunded = a.unfunded + excluded.unfunded`;

/** Accounts whose activity lags so far that a page would wait for it. */
export async function readLaggingAccounts(database: DataSource, least: number): Promise<string[]> {
  const rows = await database.query<{ account_id: string }[]>(
    `SELECT s.account_id FROM account_state AS s LEFT JOIN activity_head AS h USING (account_id) WHERE s.seq - coalesce(h.seq, 0) >= $1`,
    [least],
  );
  return rows.map(({ account_id: accountId }) => accountId);
}

/** What one feature consumed on one day: debits, captures and settlements, less what reversals gave back. */
export interface DayOfFeature {
  readonly day: string;
  readonly feature: string;
  /** May be below zero on a day that gave back more than it took. */
  readonly credits: string;
  readonly unfunded: string;
  readonly actions: number;
}

/** By accounting date, as statements have it; days and features without use are not in it. Both days are included. */
export async function readBurn(database: DataSource | EntityManager, accountId: string, from: string, through: string): Promise<DayOfFeature[]> {
  return database.query<DayOfFeature[]>(
    `SELECT day::text AS day, feature, sum(CASE WHEN type = 'reversal' THEN -credits ELSE credits END)::text AS credits,
            sum(unfunded)::text AS unfunded, sum(CASE WHEN type IN ('debit', 'capture') THEN entries ELSE 0 END)::int AS actions
       FROM activity
      WHERE account_id = $1 AND day BETWEEN $2 AND $3 AND type IN ('debit', 'capture', 'settlement', 'reversal')
      GROUP BY day, feature ORDER BY day, feature`,
    [accountId, from, through],
  );
}

/** Which chunks have entries of these features and types, newest or oldest first, with how many. */
export async function readChunks(
  database: DataSource | EntityManager,
  accountId: string,
  { feature, types, order }: { readonly feature: string | null; readonly types: readonly EntryType[] | null; readonly order: 'newest' | 'oldest' },
): Promise<{ readonly chunk: number; readonly entries: number }[]> {
  const rows = await database.query<{ chunk: string; entries: number }[]>(
    `SELECT chunk, sum(entries)::int AS entries FROM activity
      WHERE account_id = $1 AND ($2::text IS NULL OR feature = $2) AND ($3::text[] IS NULL OR type = ANY($3))
      GROUP BY chunk ORDER BY chunk ${order === 'newest' ? 'DESC' : 'ASC'}`,
    [accountId, feature, types],
  );
  return rows.map(({ chunk, entries }) => ({ chunk: Number(chunk), entries }));
}
