import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ListeningMessage } from '../src/main.js';
import { SERVICE_NODE_OPTIONS } from '../src/platform/node-options.js';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
/** A service that lived this long did not fail because of how it was started. */
const LIVED_MS = 10_000;
const SHORT_LIVES = 3;

/** Runs the service as a child, and starts it again when it dies without having been told to. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private stopping = false;
  private shortLives = 0;

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    /** Every time it takes requests. */
    private readonly onListening: (url: string) => void,
  ) {}

  /** Until it ended for good; answers the exit code for the supervisor. */
  async run(): Promise<number> {
    for (;;) {
      const started = performance.now();
      const { code, listened } = await this.runOnce();
      if (this.stopping) return code;
      if (!listened) return code || 1;
      this.shortLives = performance.now() - started < LIVED_MS ? this.shortLives + 1 : 0;
      if (this.shortLives === SHORT_LIVES) return code || 1;
      process.stderr.write(`The service ended unexpectedly (code ${String(code)}); starting it again.\n`);
    }
  }

  /** The first time it drains, the second time it ends at once, then it is killed. */
  stop(nth: number): void {
    this.stopping = true;
    this.child?.kill(nth < 3 ? 'SIGTERM' : 'SIGKILL');
  }

  private runOnce(): Promise<{ code: number; listened: boolean }> {
    return new Promise((resolve) => {
      let listened = false;
      // A process group of its own: Ctrl-C reaches only the supervisor, which passes it on once.
      const child = spawn(process.execPath, [...SERVICE_NODE_OPTIONS, MAIN], {
        env: this.env,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        detached: true,
      });
      this.child = child;
      child.on('message', (message) => {
        listened = true;
        this.onListening((message as ListeningMessage).listening);
      });
      child.once('error', (error) => {
        process.stderr.write(`The service could not be started: ${error.message}\n`);
        resolve({ code: 1, listened });
      });
      child.once('exit', (code, signal) => {
        resolve({ code: signal === null ? (code ?? 1) : 1, listened });
      });
    });
  }
}
