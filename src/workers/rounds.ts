import { setTimeout as sleep } from 'node:timers/promises';

export interface RoundsOptions {
  readonly everyMs: number;
  /** One round. A failed one is told and followed by the next. */
  readonly round: () => Promise<unknown>;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Work that every worker does by itself every so often, queue or no queue, beginning at once: each round has to be right
 * when it comes late, twice, or on several instances at the same time.
 */
export class Rounds {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: RoundsOptions) {}

  /** Told to end; a round of several steps looks at it between them. */
  get ending(): boolean {
    return this.stopping.signal.aborted;
  }

  start(): void {
    this.running = this.goOn();
  }

  /** Ends once the round under way is over. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** One more round, after the last. */
  async once(): Promise<void> {
    try {
      await this.options.round();
    } catch (error) {
      this.options.onFailure(error);
    }
  }

  private async goOn(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.once();
      await sleep(this.options.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
