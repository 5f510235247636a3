import type { DataSource } from 'typeorm';

/** What one run of the retention job removed, by kind, and how old what is left may be. */
export interface RetentionReport {
  readonly removed: Readonly<Record<'metadata' | 'actDetails' | 'evidence' | 'privacyRequests', number>>;
  readonly keptDays: Readonly<Record<string, number>>;
}

async function count(database: DataSource, sql: string, values: readonly unknown[]): Promise<number> {
  const [row] = await database.query<{ n: string }[]>(`WITH gone AS (${sql} RETURNING 1) SELECT count(*) AS n FROM gone`, [...values]);
  return Number(row?.n ?? 0);
}

/** Origins and reasons of administrative acts. Their chain stays whole. */
export function removeActDetails(database: DataSource, before: Date): Promise<number> {
  return count(database, 'DELETE FROM administrative_detail WHERE recorded_at < $1', [before]);
}

/** Evidence whose limitation period is over. */
export function removeEvidence(database: DataSource, now: Date): Promise<number> {
  return count(database, 'DELETE FROM sealed_evidence WHERE keep_until < $1', [now]);
}

/** Requests of persons that were answered long ago. */
export function removePrivacyRequests(database: DataSource, before: Date): Promise<number> {
  return count(database, 'DELETE FROM privacy_request WHERE answered_at < $1', [before]);
}

/** Free metadata of an account's old entries. */
export async function removeMetadata(database: DataSource, accountId: string, before: Date): Promise<number> {
  const [row] = await database.query<{ n: string }[]>('SELECT erase_old_metadata($1, $2) AS n', [accountId, before]);
  return Number(row?.n ?? 0);
}

/** Accounts with metadata after one, in order. */
export async function accountsWithMetadata(database: DataSource, after: string): Promise<string | null> {
  const [row] = await database.query<{ account_id: string }[]>('SELECT account_id FROM entry_metadata WHERE account_id > $1 ORDER BY account_id LIMIT 1', [after]);
  return row?.account_id ?? null;
}

export async function insertRetentionRun(database: DataSource, runId: string, at: number, report: RetentionReport): Promise<void> {
  await database.query('INSERT INTO retention_run (run_id, at, report) VALUES ($1, $2, $3)', [runId, new Date(at), JSON.stringify(report)]);
}

export interface RetentionRun extends RetentionReport {
  readonly runId: string;
  readonly at: number;
}

/** Newest first. */
export async function readRetentionRuns(database: DataSource): Promise<RetentionRun[]> {
  const rows = await database.query<{ run_id: string; at: Date; report: RetentionReport }[]>('SELECT run_id, at, report FROM retention_run ORDER BY at DESC, run_id DESC LIMIT 100');
  return rows.map(({ run_id, at, report }) => ({ runId: run_id, at: at.getTime(), ...report }));
}
