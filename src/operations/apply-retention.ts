import type { DataSource } from 'typeorm';
import {
  accountsWithMetadata,
  insertRetentionRun,
  removeActDetails,
  removeEvidence,
  removeMetadata,
  removePrivacyRequests,
  type RetentionRun,
} from '../postgres/catalogue/retention.js';
import type { Retention } from '../platform/config.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { uuidV7 } from './uuid-v7.js';

const DAY_MS = 24 * 3_600_000;

/**
 * Removes what is personal and not needed any more, by the deployment's settings, and reports what it removed (SPEC 14). The
 * ledger itself is not touched: entries hold pseudonyms and hashes only, and payments are kept for the legal period at least.
 */
export class ApplyRetention {
  constructor(
    private readonly database: DataSource,
    private readonly retention: Retention,
    private readonly wallNow: () => number,
  ) {}

  async run(): Promise<RetentionRun> {
    const { now } = await readBusinessTime(this.database);
    const before = (days: number): Date => new Date(now - days * DAY_MS);
    const { metadataDays, actDetailDays, privacyRequestDays } = this.retention;
    let metadata = 0;
    for (let id = await accountsWithMetadata(this.database, ''); id !== null; id = await accountsWithMetadata(this.database, id)) {
      metadata += await removeMetadata(this.database, id, before(metadataDays));
    }
    const removed = {
      metadata,
      actDetails: await removeActDetails(this.database, before(actDetailDays)),
      evidence: await removeEvidence(this.database, new Date(now)),
      privacyRequests: await removePrivacyRequests(this.database, before(privacyRequestDays)),
    };
    const run = { runId: uuidV7(this.wallNow()), at: now, removed, keptDays: { ...this.retention } };
    await insertRetentionRun(this.database, run.runId, now, { removed, keptDays: run.keptDays });
    return run;
  }
}
