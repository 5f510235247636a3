import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { findPostgresBinaries, postgresRunner, type PostgresBinaries, type PostgresRunner } from './postgres-binaries.js';

/**
 * PostgreSQL 18 out of an npm package, for machines that have only Node.
 *
 * The server is started detached, by pg_ctl: it survives a `kill -9` of whoever started it, and the next start adopts it.
 */
export interface EmbeddedPostgresOptions {
  /** Holds the cluster (`data/`) and the server's log. */
  readonly directory: string;
  /** Of the superuser `postgres`; only used where the cluster does not exist yet. */
  readonly password: string;
  /** Without one, a free port is taken. A server that is adopted keeps its own. */
  readonly port?: number | undefined;
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  readonly port: number;
  /** True where the server ran already when we came. */
  readonly adopted: boolean;
  /** `fast` ends sessions and writes a checkpoint; `immediate` leaves the rest to crash recovery. */
  stop(mode?: 'fast' | 'immediate'): void;
}

const START_ATTEMPTS = 15;
const ADOPT_ATTEMPTS = 50;
const SUPERUSER = 'postgres';

const defaultSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  // Durable: an acknowledged debit is on disk.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
};

export function superuserUrl(port: number, password: string, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`;
}

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = new Cluster(options.directory, await findPostgresBinaries(), postgresRunner());
  cluster.createUnlessThere(options.password);
  const runningPort = await cluster.portToAdopt();
  const port = runningPort ?? options.port ?? (await freePort());
  if (runningPort === undefined) await cluster.start({ ...defaultSettings, ...options.settings, port: String(port) });
  return {
    port,
    adopted: runningPort !== undefined,
    stop: (mode = 'fast') => {
      cluster.stop(mode);
    },
  };
}

class Cluster {
  private readonly data: string;
  private readonly log: string;

  constructor(
    private readonly directory: string,
    private readonly binaries: PostgresBinaries,
    private readonly runner: PostgresRunner,
  ) {
    this.data = path.join(directory, 'data');
    this.log = path.join(directory, 'server.log');
  }

  createUnlessThere(password: string): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.runner.own(this.directory);
    if (existsSync(path.join(this.data, 'PG_VERSION'))) return;
    // Under another name first: a killed initdb leaves no half cluster behind.
    const draft = `${this.data}.new`;
    const passwordFile = path.join(this.directory, 'superuser-password.new');
    rmSync(draft, { recursive: true, force: true });
    writeFileSync(passwordFile, password, { mode: 0o600 });
    try {
      this.runner.own(passwordFile);
      const { code, output } = this.runner.run(this.binaries.initdb, [
        ...['-D', draft, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'],
      ]);
      if (code !== 0) throw new Error(`PostgreSQL's initdb failed in ${this.directory}: ${output}`);
    } finally {
      rmSync(passwordFile, { force: true });
    }
    renameSync(draft, this.data);
  }

  /**
   * The port of a server that runs on this cluster and takes connections, or undefined. One that was killed this very
   * moment still counts as running until the machine has found time to end it: adopting it would wait for ever.
   */
  async portToAdopt(): Promise<number | undefined> {
    for (let attempt = 1; attempt <= ADOPT_ATTEMPTS; attempt += 1) {
      const port = this.runningPort();
      if (port === undefined || (await takesConnections(port))) return port;
      await sleep(100);
    }
    return undefined;
  }

  private runningPort(): number | undefined {
    this.dropForeignPidFile();
    if (this.runner.runQuietly(this.binaries.pg_ctl, ['-D', this.data, 'status']) !== 0) return undefined;
    const port = Number(this.pidFileLine(3));
    return Number.isInteger(port) && port > 0 ? port : undefined;
  }

  /**
   * After a crash of the machine or the container, the process id in the file may belong to some other program by now,
   * or to a dead process that nobody has collected. PostgreSQL only asks whether the process lives, and would refuse to
   * start for ever.
   */
  private dropForeignPidFile(): void {
    const pid = this.pidFileLine(0);
    const process = pid === undefined ? undefined : readIfThere(`/proc/${pid}/stat`);
    const livingServer = /^\d+ \(postgres\) [^Z]/;
    if (process !== undefined && !livingServer.test(process)) rmSync(path.join(this.data, 'postmaster.pid'), { force: true });
  }

  /** After a kill, old backends take a moment to notice, and the stale pid file keeps a new server out until they have. */
  async start(settings: Readonly<Record<string, string>>): Promise<void> {
    const flags = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
    const args = ['-D', this.data, '-w', '-t', '120', '-l', this.log, '-o', flags.join(' '), 'start'];
    for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
      if (this.runner.runQuietly(this.binaries.pg_ctl, args) === 0) return;
      await sleep(Math.min(100 * 2 ** attempt, 1_000));
    }
    throw new Error(`PostgreSQL did not start. The end of ${this.log}:\n${this.endOfLog()}`);
  }

  stop(mode: 'fast' | 'immediate'): void {
    this.runner.runQuietly(this.binaries.pg_ctl, ['-D', this.data, '-w', '-t', '60', '-m', mode, 'stop']);
  }

  private pidFileLine(line: number): string | undefined {
    return readIfThere(path.join(this.data, 'postmaster.pid'))?.split('\n')[line];
  }

  private endOfLog(): string {
    return readIfThere(this.log)?.slice(-2_000) ?? '(no log)';
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (does: boolean): void => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', () => { answer(true); });
    socket.once('error', () => { answer(false); });
  });
}

/** The file may go at any moment, with the process that it tells of. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
