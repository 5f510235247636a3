import type { DataSource, EntityManager } from 'typeorm';
import { amount, type Amount } from '../../domain/credits.js';

export interface BalanceAsOf {
  readonly seq: number;
  /** When that entry was recorded; null: no entry yet. */
  readonly recordedAt: number | null;
  readonly available: Amount;
  readonly held: Amount;
}

interface BalanceRow {
  readonly seq: string;
  readonly recorded_at: string | null;
  readonly available: string;
  readonly held: string;
}

/** After the newest entry. */
export async function readBalance(database: DataSource | EntityManager, accountId: string): Promise<BalanceAsOf | null> {
  const [row] = await database.query<BalanceRow[]>(
    `SELECT seq, CASE WHEN seq > 0 THEN (extract(epoch FROM last_recorded_at) * 1000)::bigint END AS recorded_at, available, held
       FROM account_state WHERE account_id = $1`,
    [accountId],
  );
  return row === undefined ? null : balanceOf(row);
}

/** After entry `seq`; null if there is no such entry. */
export async function readBalanceAtSeq(database: DataSource | EntityManager, accountId: string, seq: number): Promise<BalanceAsOf | null> {
  const [row] = await database.query<BalanceRow[]>(
    `SELECT seq, (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_at, available_after AS available, held_after AS held
       FROM entry WHERE account_id = $1 AND seq = $2`,
    [accountId, seq],
  );
  return row === undefined ? null : balanceOf(row);
}

/**
 * The newest entry that was recorded at or before an instant; 0: none. recordedAt never falls along seq, so halving finds it
 * over the primary key, without an index on times that every debit would pay for.
 */
export async function findSeqAt(database: DataSource | EntityManager, accountId: string, instant: number): Promise<number> {
  const [row] = await database.query<{ seq: string }[]>(
    `WITH RECURSIVE search (low, high) AS (
       SELECT 0::bigint, seq FROM account_state WHERE account_id = $1
       UNION ALL
       SELECT CASE WHEN e.recorded_at <= $2 THEN e.seq ELSE low END, CASE WHEN e.recorded_at <= $2 THEN high ELSE e.seq - 1 END
         FROM search
        CROSS JOIN LATERAL (
          SELECT seq, recorded_at FROM entry WHERE account_id = $1 AND seq = (low + high + 1) / 2 AND low < high LIMIT 1) AS e)
     SELECT low AS seq FROM search WHERE low >= high LIMIT 1`,
    [accountId, new Date(instant)],
  );
  return Number(row?.seq ?? 0);
}

function balanceOf(row: BalanceRow): BalanceAsOf {
  return {
    seq: Number(row.seq),
    recordedAt: row.recorded_at === null ? null : Number(row.recorded_at),
    available: amount(row.available),
    held: amount(row.held),
  };
}
