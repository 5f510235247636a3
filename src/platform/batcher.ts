import { setTimeout as sleep } from 'node:timers/promises';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Carries out together what was asked for while the batch before was under way, and `restMs` after it. Whoever asks an idle one
 * is served at once, alone; under load a hundred share one statement. Where a batch fails each of it is tried alone, so that one bad
 * item fails nobody else: the work has to bear being done again.
 */
export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = false;

  /** `work` answers each item, in order. */
  constructor(
    private readonly work: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly restMs = 0,
    private readonly atMost = 100,
  ) {}

  do(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      await this.carryOut(this.waiting.splice(0, this.atMost));
      if (this.restMs > 0) await sleep(this.restMs);
    }
    this.running = false;
  }

  private async carryOut(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(results[i] as Result);
    } catch (error) {
      if (batch.length === 1) for (const { reject } of batch) reject(error);
      else await Promise.all(batch.map((one) => this.carryOut([one])));
    }
  }
}
