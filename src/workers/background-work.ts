import type { DataSource } from 'typeorm';
import type { Ledger } from '../ledger/ledger.js';
import { ApplyRetention } from '../operations/apply-retention.js';
import { FoldActivity } from '../operations/fold-activity.js';
import { PrepareProposals } from '../operations/prepare-proposals.js';
import { ReconciliationRuns } from '../operations/reconciliation-runs.js';
import { RunDueWork } from '../operations/run-due-work.js';
import type { SignHeads } from '../operations/sign-heads.js';
import { WatchAccounts } from '../operations/watch-accounts.js';
import type { MailContactLinks } from '../operations/mail-contact-links.js';
import type { Config } from '../platform/config.js';
import type { Lifecycle } from '../platform/lifecycle.js';
import type { Logger } from '../platform/logging.js';
import { BooksBeside } from './books-beside.js';
import { reconcileWhatIsDue } from './nightly-reconciliation.js';
import type { QueueBackend } from './queue-backend.js';
import { Rounds } from './rounds.js';
import { Schedules } from './schedules.js';
import { tellings } from './tellings.js';

const DUE_WORK_MS = 5_000;
/** Rules on time count in days. */
const WATCH_MS = 15 * 60_000;
const LINK_MAILS_MS = 2_000;
const RETENTION_MS = 24 * 3_600_000;
/** How soon a reconciliation that was asked for begins. */
const RECONCILIATION_POLL_MS = 10_000;
/** No entry is to wait longer than 60 s for a signature that covers it, a slow round included. */
const HEAD_SIGNING_MS = 20_000;

/**
 * Signs the heads of the accounts' chains every so often, and once more at the end of a clean shutdown, when nothing is booked
 * any more. To be called before the ledger registers its end, since what registers last is finished first.
 */
export function signHeadsMeanwhile(signHeads: SignHeads, lifecycle: Lifecycle, logger: Logger): void {
  const rounds = new Rounds({
    everyMs: HEAD_SIGNING_MS,
    round: () => signHeads.run(),
    onFailure: (error) => {
      logger.warn({ err: error }, 'the heads of the chains were not signed; the next round comes back to them');
    },
  });
  rounds.start();
  lifecycle.onDrain('head-signing', async () => {
    await rounds.stop();
    await rounds.once();
  });
}

export interface BackgroundParts {
  readonly database: DataSource;
  readonly ledger: Ledger;
  readonly backend: QueueBackend;
  readonly contactLinks: MailContactLinks;
  readonly config: Config;
  readonly wallNow: () => number;
}

/** Starts what a worker does beside deliveries: the schedules of the queue, and the rounds that go on without it. */
export function startBackgroundWork(parts: BackgroundParts, lifecycle: Lifecycle, logger: Logger): void {
  startSchedules(parts, lifecycle, logger);
  const { database, contactLinks, config, wallNow } = parts;

  const links = new Rounds({
    everyMs: LINK_MAILS_MS,
    round: () => contactLinks.run(),
    onFailure: (error) => {
      logger.warn({ err: error }, 'links to contacts could not be mailed; the next round comes back to it');
    },
  });
  links.start();
  lifecycle.onDrain('link-mails', () => links.stop());

  const retention = new ApplyRetention(database, config.retention, wallNow);
  const removal = new Rounds({
    everyMs: RETENTION_MS,
    round: async () => {
      const { removed } = await retention.run();
      logger.info({ removed }, 'what is not needed any more was removed');
    },
    onFailure: (error) => {
      logger.warn({ err: error }, 'what is not needed any more was not removed; the next round comes back to it');
    },
  });
  removal.start();
  lifecycle.onDrain('retention', () => removal.stop());

  const runs = new ReconciliationRuns(database, wallNow);
  const books = new BooksBeside(config.database.writerUrl);
  const nightly: Rounds = new Rounds({
    everyMs: RECONCILIATION_POLL_MS,
    round: () => reconcileWhatIsDue(runs, books, wallNow, () => nightly.ending),
    onFailure: (error) => {
      logger.warn({ err: error }, 'a reconciliation failed; its run says so');
    },
  });
  nightly.start();
  lifecycle.onDrain('nightly-reconciliation', () => {
    const stopped = nightly.stop();
    books.stop();
    return stopped;
  });
}

function startSchedules({ database, ledger, backend, wallNow }: BackgroundParts, lifecycle: Lifecycle, logger: Logger): void {
  const dueWork = new RunDueWork(database, ledger);
  const proposals = new PrepareProposals(database);
  const activity = new FoldActivity(database, wallNow);
  const watch = new WatchAccounts(database);
  const schedules = new Schedules(
    backend,
    [
      { name: 'due-work', everyMs: DUE_WORK_MS, run: () => dueWork.run() },
      { name: 'proposals', everyMs: DUE_WORK_MS, run: () => proposals.run() },
      { name: 'activity', everyMs: DUE_WORK_MS, run: () => activity.run() },
      { name: 'watch-accounts', everyMs: WATCH_MS, run: () => watch.run() },
      ...tellings(database, wallNow),
    ],
    (error) => {
      logger.warn({ err: error }, 'a schedule failed; the next run comes back to what it left');
    },
    { wallNow },
  );
  lifecycle.onDrain('schedules', () => schedules.close());
}
