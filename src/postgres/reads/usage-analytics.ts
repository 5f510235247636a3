import type { DataSource } from 'typeorm';
import { amount, type Amount } from '../../domain/credits.js';

/** What one licensee used of one feature in a month. */
export interface Contribution {
  readonly feature: string;
  readonly licenseeId: string;
  readonly credits: Amount;
  readonly actions: number;
}

/** Debits and captures of a calendar month (by accounting date), by feature and licensee. Reads that month's entries. */
export async function readContributions(database: DataSource, firstDay: string, lastDay: string): Promise<Contribution[]> {
  const rows = await database.query<{ feature: string; licensee_id: string; credits: string; actions: string }[]>(
    `SELECT e.feature, a.licensee_id, sum(e.credits) AS credits, count(*) AS actions
       FROM entry AS e JOIN account AS a USING (account_id)
      WHERE e.type IN ('debit', 'capture') AND e.feature IS NOT NULL AND e.accounting_date BETWEEN $1 AND $2
      GROUP BY e.feature, a.licensee_id ORDER BY e.feature, a.licensee_id`,
    [firstDay, lastDay],
  );
  return rows.map((row) => ({ feature: row.feature, licenseeId: row.licensee_id, credits: amount(row.credits), actions: Number(row.actions) }));
}
