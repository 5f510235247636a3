import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ListeningMessage } from '../../src/main.js';
import { SERVICE_NODE_OPTIONS } from '../../src/platform/node-options.js';
import type { BenchDatabase } from '../harness/database.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** Where load goes, and which processes do the work. */
export interface LoadedService {
  readonly url: string;
  readonly pids: readonly number[];
}

export interface RunningService extends LoadedService {
  readonly pid: number;
  /** Hex, as the service got it: makes API keys that it accepts. */
  readonly keyPepper: string;
  stop(): Promise<void>;
}

/** The service as it is deployed, in a process of its own, with one endpoint more: the no-op. */
export async function startService({ urls }: BenchDatabase, keyPepper = randomBytes(32).toString('hex')): Promise<RunningService> {
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    PORT: '0',
    DATABASE_WRITER_URL: urls.writer,
    KEY_PEPPER: keyPepper,
    PSEUDONYM_KEY: randomBytes(32).toString('hex'),
    SIGNING_KEY: randomBytes(32).toString('hex'),
    EVIDENCE_KEY: randomBytes(32).toString('hex'),
    SEALING_KEY: randomBytes(32).toString('hex'),
    LOG_LEVEL: 'warn',
    BENCH_NOOP: 'true',
    // All load comes with one key.
    RATE_LIMIT_REQUESTS: '100000000',
  };
  const child = fork(MAIN, { env, execArgv: SERVICE_NODE_OPTIONS, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const failed = exited.then(([code]: unknown[]) => {
    throw new Error(`the service ended with code ${String(code)}`);
  });
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [ListeningMessage];
  // From here on its end is awaited by whoever stops it, or shows itself in requests that fail.
  failed.catch(() => undefined);
  if (child.pid === undefined) throw new Error('the service has no process id');
  return {
    url: message.listening,
    pid: child.pid,
    pids: [child.pid],
    keyPepper,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
