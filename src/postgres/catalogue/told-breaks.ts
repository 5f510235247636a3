import type { DataSource, EntityManager } from 'typeorm';
import { breakOf, type Break, type BreakRow } from './breaks.js';

/** What a licensee is told of a break: that it was found, and how it ended. */
export type Told = 'found' | 'resolved';

const UNTOLD: Readonly<Record<Told, string>> = {
  found: 'found_told_at IS NULL',
  resolved: 'resolved_at IS NOT NULL AND resolution_told_at IS NULL',
};
const TOLD: Readonly<Record<Told, string>> = { found: 'found_told_at', resolved: 'resolution_told_at' };

/** Accounts whose licensees have something to be told, in order of their ids. */
export async function readAccountsToTell(database: DataSource, after: string, limit: number): Promise<string[]> {
  const rows = await database.query<{ account_id: string }[]>(
    `SELECT DISTINCT account_id FROM break
      WHERE touches_balance AND (found_told_at IS NULL OR (resolved_at IS NOT NULL AND resolution_told_at IS NULL)) AND account_id > $1
      ORDER BY account_id LIMIT $2`,
    [after, limit],
  );
  return rows.map(({ account_id: accountId }) => accountId);
}

/**
 * Notes that an account's breaks are told, in the transaction that tells them: of two workers the second one finds none left.
 * Answers how many they are, and the oldest of them.
 */
export async function noteTold(manager: EntityManager, accountId: string, what: Told, now: number, listed: number): Promise<{ readonly count: number; readonly oldest: Break[] }> {
  const rows = await manager.query<(BreakRow & { readonly told: number })[]>(
    `WITH told AS (UPDATE break SET ${TOLD[what]} = $2 WHERE account_id = $1 AND touches_balance AND ${UNTOLD[what]} RETURNING *)
     SELECT (SELECT count(*)::int FROM told) AS told, t.* FROM told AS t ORDER BY t.opened_at, t.break_id LIMIT $3`,
    [accountId, new Date(now), listed],
  );
  return { count: rows[0]?.told ?? 0, oldest: rows.map(breakOf) };
}
