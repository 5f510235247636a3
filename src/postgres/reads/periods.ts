import type { DataSource, EntityManager } from 'typeorm';
import { addDays } from '../../domain/calendar.js';
import type { OrderFormDocument } from '../../domain/order-form-document.js';

/** A stretch of calendar days, in the account's own zone, that entries are booked to. */
export interface AccountingPeriod {
  /** First day; null: the account has signed no order form, so that its Term has not begun. */
  readonly from: string | null;
  /** Last day; null: it is open, and the days go on. */
  readonly through: string | null;
  /** The entry that closed it, and when that was. */
  readonly closed: { readonly seq: number; readonly at: number } | null;
}

interface PeriodRow {
  readonly through: string;
  readonly closed_seq: string;
  readonly closed_at: Date;
}

/** Oldest first; the last one is open. */
export async function readPeriods(database: DataSource | EntityManager, accountId: string): Promise<AccountingPeriod[]> {
  const rows = await database.query<PeriodRow[]>(
    'SELECT through::text, closed_seq, closed_at FROM accounting_period WHERE account_id = $1 AND reopened_seq IS NULL ORDER BY through',
    [accountId],
  );
  let from = await beginningOf(database, accountId);
  const periods: AccountingPeriod[] = [];
  for (const { through, closed_seq, closed_at } of rows) {
    periods.push({ from, through, closed: { seq: Number(closed_seq), at: closed_at.getTime() } });
    from = addDays(through, 1);
  }
  return [...periods, { from, through: null, closed: null }];
}

/** Until one is closed, the open period began with the Term; with the first entry, where an order form was signed before it. */
async function beginningOf(database: DataSource | EntityManager, accountId: string): Promise<string | null> {
  const [row] = await database.query<{ document: OrderFormDocument; first: string }[]>(
    `SELECT document, (SELECT accounting_date::text FROM entry WHERE account_id = $1 AND seq = 1) AS first
       FROM order_form WHERE account_id = $1 ORDER BY seq LIMIT 1`,
    [accountId],
  );
  if (row === undefined) return null;
  return row.first < row.document.termStart ? row.first : row.document.termStart;
}

/** In order of their ids, those after one; an empty page is the end. */
export async function readAccountIds(database: DataSource, after: string, limit: number): Promise<string[]> {
  const rows = await database.query<{ account_id: string }[]>(
    'SELECT account_id FROM account_state WHERE account_id > $1 ORDER BY account_id LIMIT $2',
    [after, limit],
  );
  return rows.map(({ account_id }) => account_id);
}
