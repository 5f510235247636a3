import type { BenchDatabase } from './database.js';
import { closedLoop, type LoopOptions, type Window } from './closed-loop.js';
import { rowsRead } from './resources.js';

/** One contestant's part of one round. */
export interface Run {
  /** Operations a second, in the window. */
  readonly rate: number;
  /** Milliseconds from question to answer, of half and of all but one in a hundred operations. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of CPU an operation; null where the processes cannot be looked at from here. */
  readonly nodeCpu: number | null;
  readonly postgresCpu: number | null;
  readonly walBytes: number;
  /** Null where the server's sessions outlive the run: they tell what they read only later. */
  readonly rowsRead: number | null;
  /** Operations a transaction of the server; null as above. */
  readonly batch: number | null;
}

/** Something that opens its own connections, does operations, and closes them again. */
export interface Contestant {
  open(): Promise<OpenContestant>;
}

export interface OpenContestant {
  readonly operation: (caller: number) => Promise<void>;
  close(): Promise<void>;
}

export async function runOnce(
  database: BenchDatabase,
  contestant: Contestant,
  options: Omit<LoopOptions, 'operation'>,
): Promise<Run> {
  const before = await counters(database);
  const open = await contestant.open();
  let window: Window;
  try {
    window = await closedLoop(database.admin, { ...options, operation: open.operation });
  } finally {
    await open.close();
  }
  const after = await counters(database);
  return toRun(window, {
    rows: after.rows - before.rows,
    commits: after.commits - before.commits,
  });
}

export function toRun(window: Window, total: { readonly rows: number; readonly commits: number } | null): Run {
  const { operations, allOperations, seconds, use, p50, p99 } = window;
  if (operations === 0) throw new Error('nothing was done in the time of one round: make it longer');
  const each = (amount: number): number => amount / operations;
  const microseconds = (ms: number | null): number | null => (ms === null ? null : each(ms * 1_000));
  return {
    rate: operations / seconds,
    p50,
    p99,
    nodeCpu: microseconds(use.nodeCpuMs),
    postgresCpu: microseconds(use.postgresCpuMs),
    walBytes: each(use.walBytes),
    rowsRead: total === null ? null : total.rows / allOperations,
    batch: total === null ? null : allOperations / total.commits,
  };
}

export async function counters({ admin }: BenchDatabase): Promise<{ rows: number; commits: number }> {
  const rows = await rowsRead(admin);
  const { rows: found } = await admin.query<{ commits: string }>(
    'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
  );
  return { rows, commits: Number(found[0]?.commits) };
}
