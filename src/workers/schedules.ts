import { closeWorker, type ClosableWorker } from './close-worker.js';
import { openQueue, openWorker, type JobQueue, type QueueBackend } from './queue-backend.js';
import { within } from './within.js';

export const SCHEDULES = 'schedules';

/** Work that comes back by itself. It has to be right when it runs late, twice, or on two workers at once. */
export interface Schedule {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

/** A queue that was emptied has lost its schedules: they are put back by the next look. */
const PUT_BACK_MS = 15_000;
/** How long a queue may take to answer before it counts as away. */
const ANSWER_MS = 5_000;
/** By how much the clocks of workers may differ. */
const LEEWAY_MS = 60_000;

/**
 * Runs schedules as jobs of the queue, so that many workers share them, and each is run by one at a time. While the queue is
 * away every worker runs them itself, at each look: what is due does not wait for a queue.
 */
export class Schedules {
  readonly queue: JobQueue;
  private readonly worker: ClosableWorker;
  private readonly timer: NodeJS.Timeout;
  private readonly answerMs: number;
  private readonly wallNow: () => number;
  private looking: Promise<void> | null = null;

  constructor(
    backend: QueueBackend,
    private readonly schedules: readonly Schedule[],
    private readonly onError: (error: unknown) => void,
    { wallNow, putBackMs = PUT_BACK_MS, answerMs = ANSWER_MS }: { wallNow: () => number; putBackMs?: number; answerMs?: number },
  ) {
    this.answerMs = answerMs;
    this.wallNow = wallNow;
    this.queue = openQueue(SCHEDULES, backend);
    this.queue.on('error', onError);
    this.worker = openWorker(SCHEDULES, async (job) => this.carryOut(job.name), backend, { concurrency: schedules.length }, onError);
    this.timer = setInterval(() => {
      this.look();
    }, putBackMs);
    this.look();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
    await closeWorker(this.worker, this.queue, this.answerMs);
    await this.queue.close();
  }

  /** One look at a time. */
  private look(): void {
    this.looking ??= this.putBack()
      .catch(async (error: unknown) => {
        this.onError(error);
        await this.runHere();
      })
      .finally(() => (this.looking = null));
  }

  private async putBack(): Promise<void> {
    for (const { name, everyMs } of this.schedules) await within(this.answerMs, this.putBackOne(name, everyMs));
  }

  private async putBackOne(name: string, everyMs: number): Promise<void> {
    const latest = this.wallNow() + 2 * everyMs + LEEWAY_MS;
    // A worker whose clock is ahead has put the next run where nobody else gets to in time.
    if (((await this.queue.getJobScheduler(name))?.next ?? 0) > latest) await this.queue.removeJobScheduler(name);
    // A run that failed is not tried again: the next one is due soon, and looks at all that the last one left.
    const opts = { attempts: 1, removeOnComplete: true, removeOnFail: { count: 100 } };
    await this.queue.upsertJobScheduler(name, { every: everyMs }, { name, opts });
  }

  private async runHere(): Promise<void> {
    for (const { run } of this.schedules) await run().catch(this.onError);
  }

  private async carryOut(name: string): Promise<void> {
    // A schedule of another version of the service, while both run.
    await this.schedules.find((schedule) => schedule.name === name)?.run();
  }
}
