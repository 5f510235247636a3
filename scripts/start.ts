import { setTimeout as sleep } from 'node:timers/promises';
import { whenParentGoes } from '../src/platform/parent-watch.js';
import { portIsFree } from '../src/platform/free-port.js';
import { derivedUrls, type DatabaseUrls } from '../src/postgres/database-urls.js';
import { migrate } from '../src/postgres/migrate.js';
import { provision } from '../src/postgres/provision.js';
import { dataDirectory, embeddedPort, givenDatabase } from '../src/postgres/reach-database.js';
import { EmbeddedKeeper } from './embedded-keeper.js';
import { prepareSandbox, tellFirstStory, type DemoAccount } from './first-start/first-start.js';
import type { SandboxKeys } from './first-start/sandbox-keys.js';
import { signInLinks } from './sign-in/links.js';
import { serviceEnvironment } from './service-environment.js';
import { ServiceProcess } from './service-process.js';
import { welcome } from './welcome.js';

/** npm and the terminal may each send the same Ctrl-C. */
const SAME_SIGNAL_MS = 500;

interface OpenDatabase {
  readonly urls: DatabaseUrls;
  readonly description: string;
  stop(): Promise<void>;
}

/** One command up: database, roles, migrations, service; and down again in the reverse order. */
class Supervisor {
  private service: ServiceProcess | undefined;
  private stops = 0;
  private lastStop = -Infinity;
  private databaseLost = false;

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  async run(): Promise<number> {
    const given = givenDatabase(this.env);
    const environmentFor = serviceEnvironment(this.env, given === undefined);
    const database = given ? { urls: given.urls, description: 'the one of DATABASE_URL', stop: () => Promise.resolve() } : await this.openEmbedded();
    try {
      if (given?.provisioned !== 'by others') await provision(database.urls.owner);
      await migrate(database.urls.owner);
      const env = environmentFor(database.urls);
      const sandbox = env['SANDBOX'] === 'true';
      const keys = sandbox ? await prepareSandbox(database.urls.owner, dataDirectory(this.env), env['KEY_PEPPER'] ?? '') : undefined;
      return await this.serve(env, (url) => this.greet(url, database.description, sandbox, keys));
    } finally {
      await database.stop();
    }
  }

  stop(): void {
    const now = performance.now();
    if (now - this.lastStop < SAME_SIGNAL_MS) return;
    this.lastStop = now;
    this.stops += 1;
    this.service?.stop(this.stops);
  }

  private async openEmbedded(): Promise<OpenDatabase> {
    const dataDir = dataDirectory(this.env);
    const keeper = await EmbeddedKeeper.open({ dataDir, port: embeddedPort(this.env) }, (error) => {
      process.stderr.write(`The embedded PostgreSQL cannot be started again: ${String(error)}\n`);
      this.databaseLost = true;
      this.stop();
    });
    return {
      urls: derivedUrls(keeper.ownerUrl),
      description: `embedded PostgreSQL 18, 127.0.0.1:${String(keeper.port)}, data in ${dataDir}`,
      stop: () => keeper.stop(),
    };
  }

  private async serve(env: NodeJS.ProcessEnv, onFirstListening: (url: string) => Promise<void>): Promise<number> {
    await waitForPort(Number(env['PORT'] ?? 3000), env['HOST'] ?? '127.0.0.1');
    if (this.stops > 0) return 0;
    let first = true;
    this.service = new ServiceProcess(env, (url) => {
      if (first) void onFirstListening(url);
      first = false;
    });
    const code = await this.service.run();
    return this.databaseLost ? 1 : code;
  }

  private async greet(url: string, database: string, sandbox: boolean, keys: SandboxKeys | undefined): Promise<void> {
    const dataDir = dataDirectory(this.env);
    let demo: DemoAccount | undefined;
    try {
      demo = keys && (await tellFirstStory(url, dataDir, keys));
    } catch (error) {
      if (this.stops > 0) return;
      process.stderr.write(`The demo account could not be made, the next start tries again: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    const links = demo === undefined ? [] : await signInLinks(url, dataDir);
    process.stdout.write(welcome({ url, database, dataDir, sandbox, demo, links }));
  }
}

/** A service whose supervisor was killed needs a moment to drain before it lets go of the port. */
async function waitForPort(port: number, host: string): Promise<void> {
  for (let attempt = 0; attempt < 30; attempt += 1) {
    if (await portIsFree(port, host)) return;
    if (attempt === 0) process.stderr.write(`Port ${String(port)} of ${host} is in use; waiting for it.\n`);
    await sleep(500);
  }
  throw new Error(`Port ${String(port)} of ${host} is in use. Set PORT to another one.`);
}

const supervisor = new Supervisor(process.env);
const stop = (): void => {
  supervisor.stop();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
// Only under npm: who starts the supervisor directly, in the background, may well leave before it does.
if (process.env['npm_lifecycle_event'] !== undefined) whenParentGoes(stop);

try {
  process.exit(await supervisor.run());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
