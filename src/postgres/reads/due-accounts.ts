import type { DataSource, EntityManager } from 'typeorm';

const NOW = `(SELECT clock_timestamp() + offset_ms * interval '1 millisecond' FROM business_clock)`;

/** Accounts on which something is due by business time, at most `limit` of them. */
export async function readDueAccounts(database: DataSource | EntityManager, limit: number): Promise<string[]> {
  const rows = await database.query<{ account_id: string }[]>(
    `SELECT account_id FROM account_state WHERE due_at <= ${NOW} ORDER BY due_at, account_id LIMIT $1`,
    [limit],
  );
  return rows.map(({ account_id: accountId }) => accountId);
}

/** When something falls due next on any account, up to an instant, in milliseconds; null: nothing does. */
export async function readNextDue(database: DataSource | EntityManager, upTo: number): Promise<number | null> {
  const [row] = await database.query<{ due: string | null }[]>(
    `SELECT ceil(extract(epoch FROM min(due_at)) * 1000)::bigint AS due FROM account_state WHERE due_at <= to_timestamp($1::numeric / 1000)`,
    [upTo],
  );
  return row?.due == null ? null : Number(row.due);
}
