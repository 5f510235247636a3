import 'reflect-metadata';
import path from 'node:path';
import { amount } from './domain/credits.js';
import { createHttpApplication } from './http/application.js';
import { Ledger } from './ledger/ledger.js';
import { FoldActivity } from './operations/fold-activity.js';
import { PrepareProposals } from './operations/prepare-proposals.js';
import { RunDueWork } from './operations/run-due-work.js';
import { SignHeads } from './operations/sign-heads.js';
import { parseConfig } from './platform/config.js';
import { Lifecycle } from './platform/lifecycle.js';
import { createLogger, type Logger } from './platform/logging.js';
import { systemWallClock } from './platform/wall-clock.js';
import { serviceDataSource } from './postgres/data-source.js';
import { databaseProblems } from './postgres/database-readiness.js';
import { refusePrivilegedRole } from './postgres/refuse-privileged-role.js';
import { DueSweep } from './workers/due-sweep.js';
import { HeadSigning } from './workers/head-signing.js';

/** What the service tells the supervisor that started it, once it takes requests. */
export interface ListeningMessage {
  readonly listening: string;
}

const DUE_SWEEP_MS = 5_000;
/** No entry is to wait longer than 60 s for a signature that covers it, a slow pass included. */
const HEAD_SIGNING_MS = 20_000;

async function serve(): Promise<void> {
  const config = parseConfig(process.env);
  const logger = createLogger(config.logLevel);
  logUnexpectedEnds(logger);
  const lifecycle = new Lifecycle(logger, config.shutdownTimeoutMs);

  const dataSource = serviceDataSource({
    url: config.database.writerUrl,
    poolSize: config.database.poolSize,
    applicationName: 'credits-service',
    settings: { statement_timeout: '10s', lock_timeout: '5s', idle_in_transaction_session_timeout: '10s' },
    onPoolError: (error) => {
      logger.warn({ err: error }, 'a database connection was lost');
    },
  });
  await dataSource.initialize();
  lifecycle.onDrain('database', () => dataSource.destroy());
  await refusePrivilegedRole((sql) => dataSource.query(sql));

  if (config.roles.has('worker')) {
    const signing = new HeadSigning(new SignHeads(dataSource, config.secrets.signingKeys, () => systemWallClock.now()), HEAD_SIGNING_MS, (error) => {
      logger.warn({ err: error }, 'the heads of the chains were not signed; the next pass comes back to them');
    });
    signing.start();
    // Registered before the ledger, and so after it in the shutdown: what it booked last is signed as well.
    lifecycle.onDrain('head-signing', () => signing.stop());
  }

  const ledger = new Ledger({
    connectionString: config.database.writerUrl,
    lanes: config.ledger.lanes,
    queueLimit: config.ledger.laneQueueLimit,
    clock: () => performance.now(),
    onFailure: (error, context) => {
      logger.warn({ err: error, ...context }, 'a transaction of the ledger failed');
    },
  });
  lifecycle.onDrain('ledger', () => ledger.drain());

  if (config.roles.has('worker')) {
    const activity = new FoldActivity(dataSource, () => systemWallClock.now());
    const sweep = new DueSweep(new RunDueWork(dataSource, ledger), new PrepareProposals(dataSource), activity, DUE_SWEEP_MS, (error) => {
      logger.warn({ err: error }, 'the sweep of what is due failed; the next one comes back to it');
    });
    sweep.start();
    lifecycle.onDrain('due-sweep', () => sweep.stop());
  }

  const readiness = async (): Promise<readonly string[]> =>
    lifecycle.draining ? ['shutting down'] : databaseProblems(dataSource);
  const app = await createHttpApplication(
    {
      readiness,
      draining: () => lifecycle.draining,
      database: dataSource,
      ledger,
      secrets: config.secrets,
      stripeWebhookSecrets: config.stripeWebhookSecrets,
      adjustmentLimit: amount(config.adjustmentLimit),
      sandbox: config.sandbox,
      verifierFile: path.resolve(import.meta.dirname, '../verify.mjs'),
      wallClock: systemWallClock,
      webFolder: path.resolve(import.meta.dirname, '../web'),
      frameAncestors: config.frameAncestors,
      benchNoop: config.benchNoop,
      requestsAtOnce: config.http.requestsAtOnce,
      rateLimit: config.rateLimit,
      identityProvider: config.identityProvider,
    },
    logger,
  );
  lifecycle.onDrain('http', () => app.close());
  endOnSignal(lifecycle, logger);

  await app.listen({ host: config.http.host, port: config.http.port });
  const url = await app.getUrl();
  logger.info({ url, roles: [...config.roles], sandbox: config.sandbox }, 'listening');
  process.send?.({ listening: url } satisfies ListeningMessage);
}

function endOnSignal(lifecycle: Lifecycle, logger: Logger): void {
  const end = (cause: string): void => {
    if (lifecycle.draining) {
      logger.warn({ cause }, 'told to end a second time: ending at once');
      process.exit(1);
    }
    logger.info({ cause }, 'shutting down');
    void lifecycle.drain().then((clean) => {
      logger.info({ clean }, 'shut down');
      process.exit(clean ? 0 : 1);
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  // The supervisor is gone, even if it had no time to say so.
  process.on('disconnect', () => {
    if (!lifecycle.draining) end('supervisor gone');
  });
}

function logUnexpectedEnds(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an error that nothing expected: ending, since its consequences are unknown');
    process.exit(1);
  });
}

try {
  await serve();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
