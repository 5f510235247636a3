import { readFileSync } from 'node:fs';
import type { Client } from 'pg';

/** Counters as they stand at one moment. CPU in milliseconds; null where the processes are not on this machine. */
export interface Snapshot {
  /** Of the processes that do the work: this one, or the service's. */
  readonly nodeCpuMs: number | null;
  readonly postgresCpuMs: ReadonlyMap<number, number> | null;
  /** Bytes of write-ahead log since the server exists. */
  readonly walBytes: number;
}

export interface ResourceUse {
  readonly nodeCpuMs: number | null;
  readonly postgresCpuMs: number | null;
  readonly walBytes: number;
}

/** Linux counts CPU time of processes in ticks of this length, whatever its own timer does. */
const TICK_MS = 10;

export async function takeSnapshot(admin: Client, servicePids?: readonly number[]): Promise<Snapshot> {
  const { rows } = await admin.query<{ wal: string; pids: number[] }>(`
    SELECT pg_current_wal_insert_lsn() - '0/0' AS wal, array_agg(pid) AS pids FROM pg_stat_activity`);
  return {
    nodeCpuMs: servicePids === undefined ? ownCpuMs() : cpuOfAll(servicePids),
    postgresCpuMs: cpuOf(rows[0]?.pids ?? []),
    walBytes: Number(rows[0]?.wal ?? 0),
  };
}

/** What was used between two snapshots. A server process that began in between counts from zero; one that ended is missed. */
export function used(before: Snapshot, after: Snapshot): ResourceUse {
  const nodeCpuMs = before.nodeCpuMs === null || after.nodeCpuMs === null ? null : after.nodeCpuMs - before.nodeCpuMs;
  let postgresCpuMs: number | null = null;
  if (before.postgresCpuMs !== null && after.postgresCpuMs !== null) {
    postgresCpuMs = 0;
    for (const [pid, cpu] of after.postgresCpuMs) postgresCpuMs += cpu - (before.postgresCpuMs.get(pid) ?? 0);
  }
  return { nodeCpuMs, postgresCpuMs, walBytes: after.walBytes - before.walBytes };
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function cpuOfAll(pids: readonly number[]): number | null {
  const each = pids.map((pid) => cpuMs(pid, 'node'));
  return each.includes(null) ? null : each.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
}

function cpuOf(pids: readonly number[]): ReadonlyMap<number, number> | null {
  const cpu = new Map<number, number>();
  for (const pid of pids) {
    const ms = cpuMs(pid, 'postgres');
    if (ms !== null) cpu.set(pid, ms);
  }
  return cpu.size === 0 ? null : cpu;
}

/**
 * User and system time of a process of this machine. A server's process ids may be those of another machine, hence the
 * look at the name; where there is no /proc, nothing is known.
 */
function cpuMs(pid: number, program: string): number | null {
  const stat = readProcessFile(pid, 'stat');
  if (stat === null) return null;
  const endOfName = stat.lastIndexOf(')');
  if (!stat.slice(stat.indexOf('(') + 1, endOfName).startsWith(program)) return null;
  const fields = stat.slice(endOfName + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Resident memory of a process in MB (10^6 bytes): as it is, and the most that it ever was. Null where there is no /proc. */
export function residentMemory(pid: number): { readonly now: number; readonly peak: number } | null {
  const status = readProcessFile(pid, 'status');
  const megabytes = (field: string): number => (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status ?? '')?.[1]) * 1_024) / 1e6;
  return status === null ? null : { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

function readProcessFile(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  } catch {
    return null;
  }
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
