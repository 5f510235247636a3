import { setTimeout as sleep } from 'node:timers/promises';
import type { SignHeads } from '../operations/sign-heads.js';

/**
 * Signs the heads of the accounts' chains every so often, and once more at the end of a clean shutdown, when nothing is
 * booked any more. An entry waits for a signature that covers it no longer than the interval and one pass take.
 */
export class HeadSigning {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly signHeads: SignHeads,
    private readonly everyMs: number,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    this.running = this.signUntilStopped();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.pass();
  }

  private async signUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.pass();
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async pass(): Promise<void> {
    await this.signHeads.run().catch((error: unknown) => {
      this.onFailure(error);
    });
  }
}
