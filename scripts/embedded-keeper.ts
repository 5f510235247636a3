import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { clientConfig } from '../src/postgres/connection.js';
import { type EmbeddedDatabase, type EmbeddedDatabaseOptions, openEmbeddedDatabase } from '../src/postgres/embedded-database.js';

const KEEPER_LOCK = 7_236_511_904_414n;
const RESTARTS_IN_A_ROW = 5;

/**
 * Keeps the embedded database up for as long as the supervisor lives. Its one connection holds a lock, by which two
 * supervisors on the same data notice each other (it goes with the process, also after kill -9), and tells when the server is gone.
 */
export class EmbeddedKeeper {
  private watch: Client | undefined;
  private stopping = false;

  private constructor(
    private readonly options: EmbeddedDatabaseOptions,
    private database: EmbeddedDatabase,
    private readonly onLost: (error: unknown) => void,
  ) {}

  /** `onLost` is called when the server ended and could not be started again. */
  static async open(options: EmbeddedDatabaseOptions, onLost: (error: unknown) => void): Promise<EmbeddedKeeper> {
    const keeper = new EmbeddedKeeper(options, await openEmbeddedDatabase(options), onLost);
    await keeper.takeLock();
    return keeper;
  }

  get ownerUrl(): string {
    return this.database.ownerUrl;
  }

  get port(): number {
    return this.database.server.port;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.watch?.end().catch(() => undefined);
    this.database.server.stop();
  }

  private async takeLock(): Promise<void> {
    const watch = new Client(clientConfig({ url: this.database.maintenanceUrl, applicationName: 'credits-supervisor' }));
    watch.on('error', () => undefined);
    await watch.connect();
    const { rows } = await watch.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [KEEPER_LOCK.toString()]);
    if (rows[0]?.got !== true) {
      await watch.end();
      throw new Error(`The service runs already with the data in ${this.options.dataDir}. Stop it first, or set DATA_DIR.`);
    }
    watch.once('end', () => {
      if (!this.stopping) void this.restart();
    });
    this.watch = watch;
  }

  /** On the same port: the service's connections find it again. */
  private async restart(): Promise<void> {
    process.stderr.write('The embedded PostgreSQL is gone; starting it again.\n');
    for (let attempt = 1; !this.stopping; attempt += 1) {
      try {
        this.database = await openEmbeddedDatabase({ ...this.options, port: this.port });
        await this.takeLock();
        return;
      } catch (error) {
        if (attempt === RESTARTS_IN_A_ROW) {
          this.onLost(error);
          return;
        }
        await sleep(500 * attempt);
      }
    }
  }
}
