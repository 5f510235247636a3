import { setTimeout as sleep } from 'node:timers/promises';
import type { ApplyRetention } from '../operations/apply-retention.js';

/** Removes what is not needed any more, once a day for as long as the service runs. Twice does no harm: there is nothing left. */
export class RetentionJob {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly retention: ApplyRetention,
    private readonly everyMs: number,
    private readonly onRun: (removed: Readonly<Record<string, number>>) => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    this.running = this.runUntilStopped();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async runUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        this.onRun((await this.retention.run()).removed);
      } catch (error) {
        this.onFailure(error);
      }
    }
  }
}
