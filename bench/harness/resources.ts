import { readFileSync } from 'node:fs';
import type { Client } from 'pg';

/** Counters as they stand at one moment. CPU in milliseconds; null where the processes are not on this machine. */
export interface Snapshot {
  readonly at: number;
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: ReadonlyMap<number, number> | null;
  /** Bytes of write-ahead log since the server exists. */
  readonly walBytes: number;
}

export interface ResourceUse {
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: number | null;
  readonly walBytes: number;
}

/** Linux counts CPU time of processes in ticks of this length, whatever its own timer does. */
const TICK_MS = 10;

export async function takeSnapshot(admin: Client): Promise<Snapshot> {
  const { rows } = await admin.query<{ wal: string; pids: number[] }>(`
    SELECT pg_current_wal_insert_lsn() - '0/0' AS wal, array_agg(pid) AS pids FROM pg_stat_activity`);
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    nodeCpuMs: (user + system) / 1_000,
    postgresCpuMs: cpuOf(rows[0]?.pids ?? []),
    walBytes: Number(rows[0]?.wal ?? 0),
  };
}

/** What was used between two snapshots. A server process that began in between counts from zero; one that ended is missed. */
export function used(before: Snapshot, after: Snapshot): ResourceUse {
  let postgresCpuMs: number | null = null;
  if (before.postgresCpuMs !== null && after.postgresCpuMs !== null) {
    postgresCpuMs = 0;
    for (const [pid, cpu] of after.postgresCpuMs) postgresCpuMs += cpu - (before.postgresCpuMs.get(pid) ?? 0);
  }
  return { nodeCpuMs: after.nodeCpuMs - before.nodeCpuMs, postgresCpuMs, walBytes: after.walBytes - before.walBytes };
}

function cpuOf(pids: readonly number[]): ReadonlyMap<number, number> | null {
  const cpu = new Map<number, number>();
  for (const pid of pids) {
    const ticks = cpuTicks(pid);
    if (ticks !== null) cpu.set(pid, ticks * TICK_MS);
  }
  return cpu.size === 0 ? null : cpu;
}

/** User and system time of a process of PostgreSQL's on this machine. The server may be elsewhere, and the number be another program's. */
function cpuTicks(pid: number): number | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return null;
  }
  const endOfName = stat.lastIndexOf(')');
  if (!stat.slice(stat.indexOf('(') + 1, endOfName).startsWith('postgres')) return null;
  const fields = stat.slice(endOfName + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/**
 * Rows of tables that the server has looked at since it began to count. A session reports when it ends: compare only
 * before the sessions of a contestant begin and after they have ended.
 */
export async function rowsRead(admin: Client): Promise<number> {
  await admin.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await admin.query<{ rows: string }>(`
    SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) AS rows FROM pg_stat_user_tables`);
  return Number(rows[0]?.rows ?? 0);
}
