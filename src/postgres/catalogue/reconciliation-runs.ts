import type { DataSource } from 'typeorm';
import type { Json } from '../../domain/canonical-json.js';

export const RECONCILIATION_SCOPES = ['books', 'usage-file', 'settlement-file'] as const;
export type ReconciliationScope = (typeof RECONCILIATION_SCOPES)[number];
export const RUN_STATES = ['queued', 'running', 'done', 'failed'] as const;

/** One run of the reconciliation. Times are business time. */
export interface ReconciliationRun {
  readonly runId: string;
  readonly scope: ReconciliationScope;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly night: string | null;
  readonly state: (typeof RUN_STATES)[number];
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly report: Json;
}

interface RunRow {
  readonly run_id: string;
  readonly scope: ReconciliationScope;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly night: string | null;
  readonly state: ReconciliationRun['state'];
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly report: Json;
}

const COLUMNS = 'run_id, scope, requested_by, requested_at, night::text, state, started_at, finished_at, report';

/** Says whether it is new: a night has one run. */
export async function insertRun(
  database: Pick<DataSource, 'query'>,
  run: Pick<ReconciliationRun, 'runId' | 'scope' | 'requestedBy' | 'requestedAt' | 'night'> & { readonly state: 'queued' | 'running' },
): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    `WITH new AS (
       INSERT INTO reconciliation_run (run_id, scope, requested_by, requested_at, night, state, started_at)
       VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $6 = 'running' THEN $4::timestamptz END) ON CONFLICT (night) DO NOTHING RETURNING 1)
     SELECT * FROM new`,
    [run.runId, run.scope, run.requestedBy, new Date(run.requestedAt), run.night, run.state],
  );
  return rows.length === 1;
}

/** Takes the run that has waited longest, for this worker alone; also one whose worker was lost more than a day ago. */
export async function claimRun(database: Pick<DataSource, 'query'>, now: number): Promise<ReconciliationRun | null> {
  const [row] = await database.query<RunRow[]>(
    `WITH mine AS (
       UPDATE reconciliation_run SET state = 'running', started_at = $1
        WHERE run_id = (SELECT run_id FROM reconciliation_run
                         WHERE scope = 'books' AND (state = 'queued' OR (state = 'running' AND started_at < $1::timestamptz - interval '1 day'))
                         ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING ${COLUMNS})
     SELECT * FROM mine`,
    [new Date(now)],
  );
  return row === undefined ? null : runOf(row);
}

export async function finishRun(database: Pick<DataSource, 'query'>, runId: string, state: 'done' | 'failed', now: number, report: Json): Promise<void> {
  await database.query('UPDATE reconciliation_run SET state = $2, finished_at = $3, report = $4 WHERE run_id = $1', [runId, state, new Date(now), JSON.stringify(report)]);
}

/** Nobody is at it any more, and nothing came of it: whoever asks next takes it. */
export async function putBackRun(database: Pick<DataSource, 'query'>, runId: string): Promise<void> {
  await database.query(`UPDATE reconciliation_run SET state = 'queued', started_at = NULL WHERE run_id = $1 AND state = 'running'`, [runId]);
}

export async function readRun(database: Pick<DataSource, 'query'>, runId: string): Promise<ReconciliationRun | null> {
  const [row] = await database.query<RunRow[]>(`SELECT ${COLUMNS} FROM reconciliation_run WHERE run_id = $1`, [runId]);
  return row === undefined ? null : runOf(row);
}

/** Newest first, at most 100. */
export async function readRuns(database: Pick<DataSource, 'query'>): Promise<ReconciliationRun[]> {
  const rows = await database.query<RunRow[]>(`SELECT ${COLUMNS} FROM reconciliation_run ORDER BY requested_at DESC, run_id DESC LIMIT 100`);
  return rows.map(runOf);
}

/** A line of a file that a run has seen. Digests are hex. */
export interface SeenLine {
  readonly reference: string;
  readonly line: number;
  readonly content: string | null;
}

/** Notes lines of a file; answers those whose reference an earlier line of the run had, with that line's number. */
export async function noteLines(database: Pick<DataSource, 'query'>, runId: string, lines: readonly SeenLine[]): Promise<Map<number, number>> {
  const columns = [lines.map(({ reference }) => reference), lines.map(({ line }) => line), lines.map(({ content }) => content)];
  const rows = await database.query<{ line: string; first: string }[]>(
    `WITH given AS (
       SELECT decode(reference, 'hex') AS reference, line, decode(content, 'hex') AS content FROM unnest($2::text[], $3::bigint[], $4::text[]) AS n (reference, line, content)),
     noted AS (
       INSERT INTO reconciliation_line (run_id, reference, line, content)
       SELECT DISTINCT ON (reference) $1, reference, line, content FROM given ORDER BY reference, line
       ON CONFLICT (run_id, reference) DO NOTHING RETURNING reference, line)
     SELECT g.line, coalesce(n.line, k.line) AS first FROM given AS g
       LEFT JOIN noted AS n ON n.reference = g.reference
       LEFT JOIN reconciliation_line AS k ON k.run_id = $1 AND k.reference = g.reference
      WHERE n.line IS DISTINCT FROM g.line`,
    [runId, ...columns],
  );
  return new Map(rows.map(({ line, first }) => [Number(line), Number(first)]));
}

/** Of these references, those that the file does not have; and whether it has something else with the same content. */
export async function notInFile(
  database: Pick<DataSource, 'query'>,
  runId: string,
  references: readonly { readonly reference: string; readonly content: string | null }[],
): Promise<Map<string, { readonly sameContent: boolean }>> {
  const rows = await database.query<{ reference: string; same: boolean }[]>(
    `SELECT n.reference, EXISTS (SELECT FROM reconciliation_line AS c WHERE c.run_id = $1 AND c.content = decode(n.content, 'hex')) AS same
       FROM unnest($2::text[], $3::text[]) AS n (reference, content)
      WHERE NOT EXISTS (SELECT FROM reconciliation_line AS k WHERE k.run_id = $1 AND k.reference = decode(n.reference, 'hex'))`,
    [runId, references.map(({ reference }) => reference), references.map(({ content }) => content)],
  );
  return new Map(rows.map(({ reference, same }) => [reference, { sameContent: same }]));
}

export async function forgetLines(database: Pick<DataSource, 'query'>, runId: string): Promise<void> {
  await database.query('DELETE FROM reconciliation_line WHERE run_id = $1', [runId]);
}

function runOf(row: RunRow): ReconciliationRun {
  return {
    runId: row.run_id,
    scope: row.scope,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.getTime(),
    night: row.night,
    state: row.state,
    startedAt: row.started_at?.getTime() ?? null,
    finishedAt: row.finished_at?.getTime() ?? null,
    report: row.report,
  };
}
