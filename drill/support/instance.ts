import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/platform/free-port.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const STARTS_WITHIN_MS = 60_000;

/** Secrets that all instances of a deployment share. */
export interface Secrets {
  readonly keyPepper: Buffer;
  readonly pseudonymKey: Buffer;
  readonly signingKey: Buffer;
  readonly evidenceKey: Buffer;
}

/** One instance of the service, from the build, as a process of its own on one port. */
export class Instance {
  private child: ChildProcess | null = null;
  private ending = false;
  /** Told when it ended although nobody wanted it to. */
  onUnexpectedEnd: (how: string) => void = () => undefined;

  private constructor(
    readonly name: string,
    readonly port: number,
    private readonly env: NodeJS.ProcessEnv,
    private readonly execArgv: readonly string[],
    private readonly main: string,
  ) {}

  static async start(name: string, writerUrl: string, secrets: Secrets, more: NodeJS.ProcessEnv = {}, execArgv: readonly string[] = [], main = MAIN): Promise<Instance> {
    const env = {
      PATH: process.env['PATH'],
      DATABASE_WRITER_URL: writerUrl,
      KEY_PEPPER: secrets.keyPepper.toString('hex'),
      PSEUDONYM_KEY: secrets.pseudonymKey.toString('hex'),
      SIGNING_KEY: secrets.signingKey.toString('hex'),
      EVIDENCE_KEY: secrets.evidenceKey.toString('hex'),
      SEALING_KEY: secrets.evidenceKey.toString('hex'),
      LOG_LEVEL: process.env['DRILL_LOG_LEVEL'] ?? 'fatal',
      RATE_LIMIT_REQUESTS: '100000000',
      ...more,
    };
    const instance = new Instance(name, await freePort(), env, execArgv, main);
    await instance.run();
    return instance;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  get pid(): number | undefined {
    return this.living()?.pid;
  }

  /** Resolves once it takes requests. */
  async run(): Promise<void> {
    const child = fork(this.main, { env: { ...this.env, PORT: String(this.port) }, execArgv: [...this.execArgv], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    this.ending = false;
    const ended = once(child, 'exit').then(([code]: unknown[]) => {
      throw new Error(`instance ${this.name} ended with ${String(code)} before it took requests`);
    });
    ended.catch(() => undefined);
    try {
      await Promise.race([once(child, 'message', { signal: AbortSignal.timeout(STARTS_WITHIN_MS) }), ended]);
    } catch (error) {
      // The next one needs its port.
      child.kill('SIGKILL');
      throw error;
    }
    child.once('exit', (code, signal) => {
      if (!this.ending) this.onUnexpectedEnd(`instance ${this.name} ended by itself: ${String(signal ?? code)}`);
    });
  }

  /** kill -9: nothing in it gets to say anything any more. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** SIGTERM: it finishes what it has begun. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.living();
    this.ending = true;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  private living(): ChildProcess | null {
    const { child } = this;
    return child?.exitCode === null && child.signalCode === null ? child : null;
  }
}
