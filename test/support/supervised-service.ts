import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/platform/free-port.js';

const START = path.resolve(import.meta.dirname, '../../dist/scripts/start.js');
const PATIENCE_MS = 30_000;

/** What `npm start` starts, as processes of their own, from the build. */
export class SupervisedService {
  private text = '';
  private readonly ended: Promise<number | NodeJS.Signals>;

  private constructor(
    private readonly supervisor: ChildProcess,
    readonly url: string,
    private readonly dataDir: string,
  ) {
    for (const stream of [supervisor.stdout, supervisor.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.text += chunk.toString();
      });
    }
    this.ended = once(supervisor, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  }

  /** Does not wait until it is ready: some never get there. */
  static async start(dataDir: string, env: NodeJS.ProcessEnv = {}): Promise<SupervisedService> {
    const port = await freePort();
    const supervisor = spawn(process.execPath, ['--enable-source-maps', START], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir, PORT: String(port), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new SupervisedService(supervisor, `http://127.0.0.1:${String(port)}`, dataDir);
  }

  get output(): string {
    return this.text;
  }

  get servicePid(): number | undefined {
    const pid = String(this.supervisor.pid);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return children.map(Number).find((child) => readFileSync(`/proc/${String(child)}/cmdline`, 'utf8').includes('src/main.js'));
  }

  get postgresPid(): number {
    return Number(readFileSync(path.join(this.dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  }

  signal(signal: NodeJS.Signals): void {
    this.supervisor.kill(signal);
  }

  exit(): Promise<number | NodeJS.Signals> {
    return this.ended;
  }

  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  async becomesReady(): Promise<void> {
    await this.until(() => this.isReady(), 'ready');
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`It did not become ${what}:\n${this.text.slice(-20_000)}`);
      await sleep(100);
    }
  }
}
