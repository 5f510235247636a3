import { Worker } from 'bullmq';
import { openQueue, type JobQueue, type QueueBackend } from './queue-backend.js';

const SCHEDULES = 'schedules';

/** Work that comes back by itself. It has to be right when it runs late, twice, or on two workers at once. */
export interface Schedule {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

/** A queue that was emptied has lost its schedules: they are put back by the next look. */
const PUT_BACK_MS = 30_000;

/** Runs schedules as jobs of the queue, so that many workers share them, and each is run by one at a time. */
export class Schedules {
  readonly queue: JobQueue;
  private readonly worker: { close(): Promise<void> };
  private readonly timer: NodeJS.Timeout;

  constructor(
    backend: QueueBackend,
    private readonly schedules: readonly Schedule[],
    private readonly onError: (error: unknown) => void,
    putBackMs = PUT_BACK_MS,
  ) {
    const { connection } = backend;
    this.queue = openQueue(SCHEDULES, backend);
    this.queue.on('error', onError);
    const worker = new Worker(SCHEDULES, async (job) => this.carryOut(job.name), { connection, concurrency: schedules.length }, backend.factory);
    worker.on('error', onError);
    worker.on('failed', (_job, error) => {
      onError(error);
    });
    this.worker = worker;
    this.timer = setInterval(() => void this.putBack(), putBackMs);
    void this.putBack();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.worker.close();
    await this.queue.close();
  }

  private async putBack(): Promise<void> {
    try {
      for (const { name, everyMs } of this.schedules) {
        // A run that failed is not tried again: the next one is due soon, and looks at all that the last one left.
        const opts = { attempts: 1, removeOnComplete: true, removeOnFail: { count: 100 } };
        await this.queue.upsertJobScheduler(name, { every: everyMs }, { name, opts });
      }
    } catch (error) {
      this.onError(error);
    }
  }

  private async carryOut(name: string): Promise<void> {
    // A schedule of another version of the service, while both run.
    await this.schedules.find((schedule) => schedule.name === name)?.run();
  }
}
