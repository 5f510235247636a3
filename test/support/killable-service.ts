import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { secretHmac } from '../../src/operations/issue-api-key.js';
import { freePort } from '../../src/platform/free-port.js';
import { query } from './ledger-account.js';

const MAIN = path.resolve(import.meta.dirname, '../../dist/src/main.js');

/** The service from the build, as a process of its own on one port, for tests that kill it. Nobody starts it again but they. */
export class KillableService {
  private child: ChildProcess | null = null;
  private readonly pepper = randomBytes(32);
  private readonly pseudonymKey = randomBytes(32);

  private constructor(
    private readonly writerUrl: string,
    private readonly port: number,
    private readonly more: Readonly<Record<string, string>>,
  ) {}

  /** `more`: of its environment. */
  static async start(writerUrl: string, more: Readonly<Record<string, string>> = {}): Promise<KillableService> {
    const service = new KillableService(writerUrl, await freePort(), more);
    await service.run();
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Resolves once it takes requests. */
  async run(): Promise<void> {
    const env = {
      PATH: process.env['PATH'],
      PORT: String(this.port),
      LANES: '2',
      DATABASE_WRITER_URL: this.writerUrl,
      KEY_PEPPER: this.pepper.toString('hex'),
      PSEUDONYM_KEY: this.pseudonymKey.toString('hex'),
      SIGNING_KEY: '8a'.repeat(32),
      EVIDENCE_KEY: '9a'.repeat(32),
      SEALING_KEY: 'c3'.repeat(32),
      LOG_LEVEL: 'fatal',
      ...this.more,
    };
    const child = fork(MAIN, { env, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    const ended = once(child, 'exit').then(([code]: unknown[]) => {
      throw new Error(`the service ended with ${String(code)} before it took requests`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
  }

  /** kill -9: nothing in it gets to say anything any more. */
  async kill(): Promise<void> {
    const child = this.living();
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<number | null> {
    const child = this.living();
    if (child === null) return null;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    return (await ended)[0] as number | null;
  }

  private living(): ChildProcess | null {
    const { child } = this;
    return child?.exitCode === null && child.signalCode === null ? child : null;
  }

  /** The secret of a key, a backend's for one account unless it says otherwise, as the service would have issued it. */
  async keyFor(ownerUrl: string, accountId: string | null, scopes: readonly string[] = ['usage:write']): Promise<string> {
    const secret = `kac_${randomBytes(32).toString('base64url')}`;
    await query(
      ownerUrl,
      `INSERT INTO api_key (key_id, secret_hmac, label, scopes, account_id, created_at) VALUES ($1, $2, 'test', $4, $3, now())`,
      [randomBytes(8).toString('hex'), secretHmac(secret, this.pepper), accountId, scopes],
    );
    return secret;
  }
}
