import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { freePort } from '../../src/platform/free-port.js';

const START = fileURLToPath(new URL('../start.js', import.meta.url));
const PATIENCE_MS = 60_000;

export interface FoundService {
  readonly url: string;
  /** Whether it was started here. */
  readonly own: boolean;
  stop(): Promise<void>;
}

/** The service to talk to: the one asked for, else the one that runs on PORT, else one that is started here. */
export async function findOrStartService(url: string | undefined, env: NodeJS.ProcessEnv): Promise<FoundService> {
  if (url !== undefined) {
    if (!(await isReady(url))) throw new Error(`No service is ready at ${url}.`);
    return { url, own: false, stop: () => Promise.resolve() };
  }
  const usual = `http://127.0.0.1:${env['PORT'] || '3000'}`;
  if (await isReady(usual)) return { url: usual, own: false, stop: () => Promise.resolve() };
  return startService(env);
}

/** On a port that nobody uses, with the data that `npm start` would use. */
export async function startService(env: NodeJS.ProcessEnv): Promise<FoundService> {
  const port = await freePort();
  const supervisor = spawn(process.execPath, ['--enable-source-maps', START], {
    env: { ...env, PORT: String(port), LOG_LEVEL: env['LOG_LEVEL'] || 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [supervisor.stdout, supervisor.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    });
  }
  const url = `http://127.0.0.1:${String(port)}`;
  const stop = (): Promise<void> => stopService(supervisor);
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isReady(url))) {
    if (supervisor.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`The service did not start:\n${output}`);
    }
    await sleep(100);
  }
  return { url, own: true, stop };
}

async function stopService(supervisor: ChildProcess): Promise<void> {
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
  const exit = once(supervisor, 'exit');
  supervisor.kill('SIGTERM');
  await exit;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/health/ready`, { headersTimeout: 5_000 });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}
