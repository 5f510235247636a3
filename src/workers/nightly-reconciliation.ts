import { setTimeout as sleep } from 'node:timers/promises';
import type { ReconcileBooks } from '../operations/reconcile-books.js';
import type { ReconciliationRuns } from '../operations/reconciliation-runs.js';

/** From this hour on, UTC, a night's reconciliation is due. */
const HOUR = 2;
const PATIENCE_MS = 2_000;

/** Reconciles the books every night, and whenever finance asked for it (SPEC 13). With several workers each run is done by one. */
export class NightlyReconciliation {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly runs: ReconciliationRuns,
    private readonly books: ReconcileBooks,
    private readonly wallNow: () => number,
    private readonly everyMs: number,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    this.running = this.workUntilStopped();
  }

  /** A run under way is not waited for: it only reads, and is taken up again by whoever finds it a day later. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.race([this.running, sleep(PATIENCE_MS)]);
  }

  private async workUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.pass().catch((error: unknown) => {
        this.onFailure(error);
      });
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async pass(): Promise<void> {
    const now = new Date(this.wallNow());
    if (now.getUTCHours() >= HOUR) await this.runs.queueNight(now.toISOString().slice(0, 'YYYY-MM-DD'.length));
    while (!this.stopping.signal.aborted && (await this.runs.workOne(this.books)));
  }
}
