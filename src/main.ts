import 'reflect-metadata';
import path from 'node:path';
import { amount } from './domain/credits.js';
import { createHttpApplication } from './http/application.js';
import { Ledger } from './ledger/ledger.js';
import { NoticeEvidence } from './operations/notice-evidence.js';
import { SignHeads } from './operations/sign-heads.js';
import { targetsOfEvents } from './operations/targets-of-events.js';
import { WebhookSender } from './outbound/webhook-sender.js';
import { parseConfig } from './platform/config.js';
import { Lifecycle } from './platform/lifecycle.js';
import { createLogger, type Logger } from './platform/logging.js';
import { Signal } from './platform/signal.js';
import { systemWallClock } from './platform/wall-clock.js';
import { serviceDataSource } from './postgres/data-source.js';
import { databaseProblems } from './postgres/database-readiness.js';
import { refusePrivilegedRole } from './postgres/refuse-privileged-role.js';
import { signHeadsMeanwhile, startBackgroundWork } from './workers/background-work.js';
import { createDelivery } from './workers/delivery.js';
import { Dispatch } from './workers/dispatch.js';
import { openDispatchDatabase } from './workers/dispatch-database.js';
import { queueBackend } from './workers/queue-backend.js';
import { QueueWindow } from './workers/visible-queues.js';

/** What the service tells the supervisor that started it, once it takes requests. */
export interface ListeningMessage {
  readonly listening: string;
}

const wallNow = (): number => systemWallClock.now();

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
  const dispatchDatabase = await openDispatchDatabase(config.database.writerUrl, (error) => { logger.warn({ err: error }, 'a database connection was lost'); });
  lifecycle.onDrain('dispatch-database', () => dispatchDatabase.destroy());

  const isWorker = config.roles.has('worker');
  if (isWorker) signHeadsMeanwhile(new SignHeads(dataSource, config.secrets.signingKeys, wallNow), lifecycle, logger);

  const eventsWritten = new Signal();
  const ledger = new Ledger({
    connectionString: config.database.writerUrl,
    lanes: config.ledger.lanes,
    queueLimit: config.ledger.laneQueueLimit,
    clock: () => performance.now(),
    onEvents: eventsWritten.raise,
    onFailure: (error, context) => {
      logger.warn({ err: error, ...context }, 'a transaction of the ledger failed');
    },
  });
  lifecycle.onDrain('ledger', () => ledger.drain());

  const webhookSender = new WebhookSender({ allowedHosts: config.webhookAllowedHosts });
  const delivery = createDelivery({
    database: dispatchDatabase,
    ledger,
    evidence: new NoticeEvidence(dataSource, config.secrets.evidenceKeys, config.retention.evidenceDays, wallNow),
    sealingKeys: config.secrets.sealingKeys,
    webhookSender,
    mail: config.mail,
    publicUrl: config.publicUrl,
    wallNow,
  });
  lifecycle.onDrain('senders', async () => {
    delivery.close();
    await webhookSender.close();
  });

  const backend = queueBackend({ redisUrl: config.redisUrl, writerUrl: config.database.writerUrl });
  const queues = new QueueWindow(backend, (error) => { logger.warn({ err: error }, 'the queue could not be looked at'); });
  lifecycle.onDrain('queue-window', () => queues.close());
  const started = new Dispatch({
    database: dispatchDatabase,
    backend,
    targetsOf: targetsOfEvents,
    deliver: isWorker ? { mail: delivery.deliverMail, webhook: delivery.deliverWebhook } : null,
    clock: () => performance.now(),
    wallNow,
    onFailure: (error) => {
      logger.warn({ err: error }, 'messages were not handed on; the next look comes back to them');
    },
  });
  eventsWritten.listen(() => { started.wake(); });
  lifecycle.onDrain('dispatch', () => started.stop());
  if (isWorker) startBackgroundWork({ database: dataSource, ledger, backend, contactLinks: delivery.contactLinks, config, wallNow }, lifecycle, logger);

  const readiness = async (): Promise<readonly string[]> =>
    lifecycle.draining ? ['shutting down'] : databaseProblems(dataSource);
  const app = await createHttpApplication(
    {
      readiness,
      draining: () => lifecycle.draining,
      database: dataSource,
      ledger,
      eventsWritten,
      queues,
      wakeRelay: () => {
        started.wake();
      },
      secrets: config.secrets,
      stripeWebhookSecrets: config.stripeWebhookSecrets,
      webhookSender,
      webhookAllowedHosts: config.webhookAllowedHosts,
      adjustmentLimit: amount(config.adjustmentLimit),
      sandbox: config.sandbox,
      retention: config.retention,
      verifierFile: path.resolve(import.meta.dirname, '../verify.mjs'),
      wallClock: systemWallClock,
      webFolder: path.resolve(import.meta.dirname, '../web'),
      frameAncestors: config.frameAncestors,
      benchNoop: config.benchNoop,
      requestsAtOnce: config.http.requestsAtOnce,
      rateLimit: config.rateLimit,
      identityProvider: config.identityProvider,
      publicUrl: config.publicUrl,
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
