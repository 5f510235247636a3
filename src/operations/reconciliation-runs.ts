import type { DataSource } from 'typeorm';
import type { Json } from '../domain/canonical-json.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { claimRun, finishRun, insertRun, putBackRun, readRun, type ReconciliationRun } from '../postgres/catalogue/reconciliation-runs.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { catalogueRequest, type Requester } from './keyed-request.js';
import type { ReconcileBooks } from './reconcile-books.js';
import { counts } from './reconcile-file.js';
import { uuidV7 } from './uuid-v7.js';

/** Reconciliations of the books that were asked for, or that are due at night, and the work on them. */
export class ReconciliationRuns {
  constructor(
    private readonly database: DataSource,
    private readonly wallNow: () => number,
  ) {}

  /** Queues a run; a worker carries it out. */
  request(requester: Requester): Promise<Answered<ReconciliationRun>> {
    return answeredOnce(this.database, catalogueRequest('finance', requester, 'reconcile-books', {}), async (manager) => {
      const { now } = await readBusinessTime(manager);
      const runId = uuidV7(this.wallNow());
      await insertRun(manager, { runId, scope: 'books', requestedBy: requester.actor, requestedAt: now, night: null, state: 'queued' });
      const run = await readRun(manager, runId);
      if (run === null) throw new Error('a run that was just queued is not there');
      return run;
    });
  }

  /** Queues tonight's run, once, however many workers ask. `night`: the UTC day. */
  async queueNight(night: string): Promise<boolean> {
    const { now } = await readBusinessTime(this.database);
    return insertRun(this.database, { runId: uuidV7(this.wallNow()), scope: 'books', requestedBy: 'sys', requestedAt: now, night, state: 'queued' });
  }

  /** Carries out the run that has waited longest; says whether there was one. One that fails as this worker ends is for the next. */
  async workOne(books: Pick<ReconcileBooks, 'run'>, ending: () => boolean = () => false): Promise<boolean> {
    const run = await claimRun(this.database, (await readBusinessTime(this.database)).now);
    if (run === null) return false;
    const finish = async (state: 'done' | 'failed', report: Json): Promise<void> => {
      await finishRun(this.database, run.runId, state, (await readBusinessTime(this.database)).now, report);
    };
    try {
      const done = await books.run();
      const { accounts, entries, purchases, found, open, breakIds } = done;
      const figures = Object.fromEntries(Object.entries({ accounts, entries, purchases, found, open }).map(([name, count]) => [name, String(count)]));
      await finish('done', { ...figures, byKind: counts(done), breakIds: [...breakIds] });
    } catch (error) {
      if (ending()) {
        await putBackRun(this.database, run.runId);
        return false;
      }
      await finish('failed', { reason: 'internal-error' }).catch(() => undefined);
      throw error;
    }
    return true;
  }
}
