import type { DataSource } from 'typeorm';
import type { BreakDraft } from '../domain/break.js';
import { RefusedError } from '../domain/errors.js';
import { finishRun, forgetLines, insertRun, type ReconciliationScope } from '../postgres/catalogue/reconciliation-runs.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { fileRecords, type FileFormat, type FileRecord } from './file-lines.js';
import { FoundBreaks, type BreaksFound } from './found-breaks.js';
import { uuidV7 } from './uuid-v7.js';

export interface FileReconciled extends BreaksFound {
  readonly runId: string;
  readonly lines: number;
  /** Lines that could not be read: they are compared with nothing. */
  readonly unreadable: number;
  /** The first 100 of them, by number. */
  readonly unreadableLines: readonly number[];
}

/** A file somebody else made, on its way in. */
export interface ForeignFile {
  readonly content: AsyncIterable<Uint8Array | string>;
  readonly format: FileFormat;
  readonly requestedBy: string;
  readonly onBreak?: (found: BreakDraft) => void;
}

/** How one kind of file is compared with what is on record. */
export interface Comparison<Line> {
  readonly scope: ReconciliationScope;
  /** Null: the record is none of this kind of file. */
  read(fields: Readonly<Record<string, unknown>>): Line | null;
  compare(runId: string, lines: readonly NumberedLine<Line>[], breaks: FoundBreaks): Promise<void>;
  /** After the last line: what the file does not have. */
  finish(runId: string, breaks: FoundBreaks): Promise<void>;
}

export interface NumberedLine<Line> {
  readonly number: number;
  readonly line: Line;
}

const TOGETHER = 500;
const LISTED = 100;

/** Compares a file with what is on record, so many lines at a time. Each difference is a break; nothing is repaired. */
export async function reconcileFile<Line>(database: DataSource, wallNow: () => number, file: ForeignFile, comparison: Comparison<Line>): Promise<FileReconciled> {
  const { now } = await readBusinessTime(database);
  const runId = uuidV7(wallNow());
  await insertRun(database, { runId, scope: comparison.scope, requestedBy: file.requestedBy, requestedAt: now, night: null, state: 'running' });
  try {
    const breaks = new FoundBreaks(database, now, file.onBreak);
    const unreadableLines: number[] = [];
    let unreadable = 0;
    let lines = 0;
    let batch: NumberedLine<Line>[] = [];
    const take = (record: FileRecord): void => {
      lines += 1;
      const line = record.fields === null ? null : comparison.read(record.fields);
      if (line !== null) {
        batch.push({ number: record.line, line });
        return;
      }
      unreadable += 1;
      if (unreadableLines.length < LISTED) unreadableLines.push(record.line);
    };
    for await (const record of fileRecords(file.content, file.format)) {
      take(record);
      if (batch.length < TOGETHER) continue;
      await comparison.compare(runId, batch, breaks);
      batch = [];
    }
    if (batch.length > 0) await comparison.compare(runId, batch, breaks);
    await comparison.finish(runId, breaks);
    const report: FileReconciled = { runId, lines, unreadable, unreadableLines, ...breaks.result() };
    await finishRun(database, runId, 'done', (await readBusinessTime(database)).now, { ...report, unreadableLines: unreadableLines.map(String), lines: String(lines), unreadable: String(unreadable), found: String(report.found), open: String(report.open), byKind: counts(report), breakIds: [...report.breakIds] });
    return report;
  } catch (error) {
    const reason = error instanceof RefusedError ? error.refusal.code : 'internal-error';
    await finishRun(database, runId, 'failed', now, { reason }).catch(() => undefined);
    throw error;
  } finally {
    await forgetLines(database, runId).catch(() => undefined);
  }
}

/** Counts as texts: what is kept as JSON has no numbers. */
export function counts({ byKind }: BreaksFound): Record<string, string> {
  return Object.fromEntries(Object.entries(byKind).map(([kind, count]) => [kind, String(count)]));
}
