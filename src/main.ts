import 'reflect-metadata';
import path from 'node:path';
import { amount } from './domain/credits.js';
import { createHttpApplication } from './http/application.js';
import { Ledger } from './ledger/ledger.js';
import { FoldActivity } from './operations/fold-activity.js';
import { NoticeEvidence } from './operations/notice-evidence.js';
import { PrepareProposals } from './operations/prepare-proposals.js';
import { ReconcileBooks } from './operations/reconcile-books.js';
import { ReconciliationRuns } from './operations/reconciliation-runs.js';
import { RunDueWork } from './operations/run-due-work.js';
import { ApplyRetention } from './operations/apply-retention.js';
import { SignHeads } from './operations/sign-heads.js';
import { targetsOfEvents } from './operations/targets-of-events.js';
import { WatchAccounts } from './operations/watch-accounts.js';
import { WebhookSender } from './outbound/webhook-sender.js';
import { parseConfig } from './platform/config.js';
import { Lifecycle } from './platform/lifecycle.js';
import { createLogger, type Logger } from './platform/logging.js';
import { systemWallClock } from './platform/wall-clock.js';
import { serviceDataSource } from './postgres/data-source.js';
import { databaseProblems } from './postgres/database-readiness.js';
import { refusePrivilegedRole } from './postgres/refuse-privileged-role.js';
import { createDelivery } from './workers/delivery.js';
import { Dispatch } from './workers/dispatch.js';
import { HeadSigning } from './workers/head-signing.js';
import { LinkMails } from './workers/link-mails.js';
import { queueBackend } from './workers/queue-backend.js';
import { RetentionJob } from './workers/retention-job.js';
import { Schedules } from './workers/schedules.js';
import { tellings } from './workers/tellings.js';
import { NightlyReconciliation } from './workers/nightly-reconciliation.js';

/** What the service tells the supervisor that started it, once it takes requests. */
export interface ListeningMessage {
  readonly listening: string;
}

const RETENTION_MS = 24 * 3_600_000;
const DUE_WORK_MS = 5_000;
/** Rules on time count in days. */
const WATCH_MS = 15 * 60_000;
/** How soon a reconciliation that was asked for begins. */
const RECONCILIATION_POLL_MS = 10_000;
/** No entry is to wait longer than 60 s for a signature that covers it, a slow pass included. */
const HEAD_SIGNING_MS = 20_000;
const LINK_MAILS_MS = 2_000;

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

  let dispatch: Dispatch | null = null;
  const ledger = new Ledger({
    connectionString: config.database.writerUrl,
    lanes: config.ledger.lanes,
    queueLimit: config.ledger.laneQueueLimit,
    clock: () => performance.now(),
    onEvents: () => dispatch?.wake(),
    onFailure: (error, context) => {
      logger.warn({ err: error, ...context }, 'a transaction of the ledger failed');
    },
  });
  lifecycle.onDrain('ledger', () => ledger.drain());

  const webhookSender = new WebhookSender({ allowedHosts: config.webhookAllowedHosts });
  const delivery = createDelivery({
    database: dataSource,
    ledger,
    evidence: new NoticeEvidence(dataSource, config.secrets.evidenceKeys, config.retention.evidenceDays, () => systemWallClock.now()),
    sealingKeys: config.secrets.sealingKeys,
    webhookSender,
    mail: config.mail,
    publicUrl: config.publicUrl,
    wallNow: () => systemWallClock.now(),
  });
  lifecycle.onDrain('senders', async () => {
    delivery.close();
    await webhookSender.close();
  });

  const backend = queueBackend({ redisUrl: config.redisUrl, writerUrl: config.database.writerUrl });
  const started = new Dispatch({
    database: dataSource,
    backend,
    targetsOf: targetsOfEvents,
    deliver: config.roles.has('worker') ? { mail: delivery.deliverMail, webhook: delivery.deliverWebhook } : null,
    clock: () => performance.now(),
    wallNow: () => systemWallClock.now(),
    onFailure: (error) => {
      logger.warn({ err: error }, 'messages were not handed on; the next look comes back to them');
    },
  });
  dispatch = started;
  lifecycle.onDrain('dispatch', () => started.stop());
  if (config.roles.has('worker')) {
    const dueWork = new RunDueWork(dataSource, ledger);
    const proposals = new PrepareProposals(dataSource);
    const activity = new FoldActivity(dataSource, () => systemWallClock.now());
    const watch = new WatchAccounts(dataSource);
    const schedules = new Schedules(
      backend,
      [
        { name: 'due-work', everyMs: DUE_WORK_MS, run: () => dueWork.run() },
        { name: 'proposals', everyMs: DUE_WORK_MS, run: () => proposals.run() },
        { name: 'activity', everyMs: DUE_WORK_MS, run: () => activity.run() },
        { name: 'watch-accounts', everyMs: WATCH_MS, run: () => watch.run() },
        ...tellings(dataSource, () => systemWallClock.now()),
      ],
      (error) => {
        logger.warn({ err: error }, 'a schedule failed; the next run comes back to what it left');
      },
    );
    lifecycle.onDrain('schedules', () => schedules.close());
    const links = new LinkMails(delivery.contactLinks, LINK_MAILS_MS, (error) => {
      logger.warn({ err: error }, 'links to contacts could not be mailed; the next round comes back to it');
    });
    links.start();
    lifecycle.onDrain('link-mails', () => links.stop());
    const retention = new RetentionJob(
      new ApplyRetention(dataSource, config.retention, () => systemWallClock.now()),
      RETENTION_MS,
      (removed) => {
        logger.info({ removed }, 'what is not needed any more was removed');
      },
      (error) => {
        logger.warn({ err: error }, 'the retention job failed; the next one comes back to it');
      },
    );
    retention.start();
    lifecycle.onDrain('retention', () => retention.stop());
    const wallNow = (): number => systemWallClock.now();
    const runs = new ReconciliationRuns(dataSource, wallNow);
    const nightly = new NightlyReconciliation(runs, new ReconcileBooks(dataSource, config.database.writerUrl), wallNow, RECONCILIATION_POLL_MS, (error) => {
      logger.warn({ err: error }, 'a reconciliation failed; its run says so');
    });
    nightly.start();
    lifecycle.onDrain('nightly-reconciliation', () => nightly.stop());
  }

  const readiness = async (): Promise<readonly string[]> =>
    lifecycle.draining ? ['shutting down'] : databaseProblems(dataSource);
  const app = await createHttpApplication(
    {
      readiness,
      draining: () => lifecycle.draining,
      database: dataSource,
      ledger,
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
