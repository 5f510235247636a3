import { setTimeout as sleep } from 'node:timers/promises';
import type { FoldActivity } from '../operations/fold-activity.js';
import type { PrepareProposals } from '../operations/prepare-proposals.js';
import type { RunDueWork } from '../operations/run-due-work.js';

/**
 * Carries out what is due, every few seconds, for as long as the service runs. Holds, Terms and purchases are right without
 * it; it makes them prompt on accounts that nobody touches. Several instances may sweep at once: each account is locked.
 */
export class DueSweep {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly dueWork: RunDueWork,
    private readonly proposals: PrepareProposals,
    private readonly activity: FoldActivity,
    private readonly everyMs: number,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    this.running = this.sweepUntilStopped();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async sweepUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      for (const work of [this.dueWork, this.proposals, this.activity]) {
        await work.run().catch((error: unknown) => {
          this.onFailure(error);
        });
      }
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
