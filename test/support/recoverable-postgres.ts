import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres, superuserUrl, type EmbeddedPostgres } from '../../src/platform/embedded-postgres.js';
import { derivedUrls } from '../../src/postgres/database-urls.js';
import { migrate } from '../../src/postgres/migrate.js';
import { provision } from '../../src/postgres/provision.js';
import type { TestDatabase } from './database.js';
import { query } from './ledger-account.js';

const PATIENCE_MS = 120_000;

/** A durable PostgreSQL that archives its log, and can be backed up while it works; docs/recovery.md does the same by hand. */
export class RecoverablePostgres implements TestDatabase {
  private constructor(
    private readonly root: string,
    private readonly name: string,
    private readonly password: string,
    private readonly server: EmbeddedPostgres,
  ) {}

  static async start(): Promise<RecoverablePostgres> {
    const root = mkdtempSync(path.join(tmpdir(), 'credits-recovery-'));
    const password = randomBytes(24).toString('base64url');
    mkdirSync(path.join(root, 'archive'));
    const postgres = await RecoverablePostgres.open(root, 'primary', password, {
      archive_mode: 'on',
      archive_command: `cp %p ${root}/archive/%f`,
      wal_level: 'replica',
      max_wal_senders: '4',
    });
    await query(superuserUrl(postgres.server.port, password, 'postgres'), 'CREATE DATABASE credits');
    await provision(postgres.ownerUrl);
    await migrate(postgres.ownerUrl);
    return postgres;
  }

  private static async open(root: string, name: string, password: string, settings: Readonly<Record<string, string>>): Promise<RecoverablePostgres> {
    const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', shared_buffers: '64MB', max_connections: '60' };
    const server = await startEmbeddedPostgres({ directory: path.join(root, name), password, settings: { ...durable, ...settings } });
    return new RecoverablePostgres(root, name, password, server);
  }

  get ownerUrl(): string {
    return superuserUrl(this.server.port, this.password, 'credits');
  }

  get writerUrl(): string {
    return derivedUrls(this.ownerUrl).writer;
  }

  get readerUrl(): string {
    return derivedUrls(this.ownerUrl).reader;
  }

  /** Copies the files of the running server into another folder, as pg_basebackup would: the embedded server comes without it. */
  async backUp(into: string): Promise<void> {
    // One session has to live from start to stop: the server ends a backup whose session is gone.
    const session = new pg.Client({ connectionString: this.ownerUrl });
    await session.connect();
    try {
      await session.query(`SELECT pg_backup_start('recovery', fast => true)`);
      const target = path.join(this.root, into, 'data');
      copyTree(path.join(this.root, this.name, 'data'), target);
      const { rows } = await session.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
      writeFileSync(path.join(target, 'backup_label'), rows[0]?.labelfile ?? '');
    } finally {
      await session.end();
    }
  }

  /** Where the log ends now, once everything up to there is in the archive. */
  async archived(): Promise<void> {
    const [row] = await query(this.ownerUrl, `SELECT pg_walfile_name(pg_switch_wal()) AS file`);
    const until = performance.now() + PATIENCE_MS;
    while (!readdirSync(path.join(this.root, 'archive')).includes(String(row?.['file']))) {
      if (performance.now() > until) throw new Error('the log was not archived');
      await sleep(50);
    }
  }

  /** The state as of a position of the log, out of a backup and the archive; a server of its own, that takes writes. */
  async restore(backup: string, lsn: string): Promise<RecoverablePostgres> {
    writeFileSync(path.join(this.root, backup, 'data/recovery.signal'), '');
    const restored = await RecoverablePostgres.open(this.root, backup, this.password, {
      restore_command: `cp ${this.root}/archive/%f %p`,
      recovery_target_lsn: lsn,
      recovery_target_action: 'promote',
    });
    await restored.takesWrites();
    return restored;
  }

  /** A standby out of a backup, which every commit waits for from now on. */
  async standBy(backup: string): Promise<RecoverablePostgres> {
    writeFileSync(path.join(this.root, backup, 'data/standby.signal'), '');
    const standby = await RecoverablePostgres.open(this.root, backup, this.password, {
      restore_command: `cp ${this.root}/archive/%f %p`,
      primary_conninfo: `host=127.0.0.1 port=${String(this.server.port)} user=postgres password=${this.password} application_name=standby`,
    });
    await query(this.ownerUrl, `ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
    await query(this.ownerUrl, 'SELECT pg_reload_conf()');
    await becomes(this.ownerUrl, `SELECT count(*) > 0 AS yes FROM pg_stat_replication WHERE sync_state = 'sync'`);
    return standby;
  }

  kill(): void {
    process.kill(Number(readFileSync(path.join(this.root, this.name, 'data/postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
  }

  async promote(): Promise<void> {
    await query(this.ownerUrl, 'SELECT pg_promote()');
    await this.takesWrites();
  }

  stop(): void {
    this.server.stop('immediate');
  }

  /** Removes the files of all servers that came out of this one. */
  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private takesWrites(): Promise<void> {
    return becomes(this.ownerUrl, 'SELECT NOT pg_is_in_recovery() AS yes');
  }
}

async function becomes(url: string, question: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const [row] = await query(url, question).catch(() => []);
    // Texts, as the ledger's own connections have them, or a boolean.
    if (String(row?.['yes']).startsWith('t')) return;
    if (performance.now() > until) throw new Error(`it did not come to: ${question}`);
    await sleep(100);
  }
}

/** All but the log, which comes from the archive, and what belongs to the running server. Files come and go meanwhile: that is what the log is for. */
function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  chmodSync(to, 0o700);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (/^postmaster\.(pid|opts)$|^pgsql_tmp/.test(entry.name)) continue;
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) {
      if (entry.name === 'pg_wal') mkdirSync(path.join(target, 'archive_status'), { recursive: true, mode: 0o700 });
      else copyTree(source, target);
      continue;
    }
    try {
      copyFileSync(source, target);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}
