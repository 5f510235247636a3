import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { MESSAGES } from './messages.js';
import { openQueue, type JobQueue, type QueueBackend } from './queue-backend.js';
import { SCHEDULES } from './schedules.js';
import { within } from './within.js';

const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

/** Both queues, opened to be looked at, in whatever role this instance is. */
export class QueueWindow {
  readonly adapters: readonly BullMQAdapter[];
  private readonly queues: readonly JobQueue[];

  constructor(backend: QueueBackend, onError: (error: unknown) => void) {
    this.queues = [MESSAGES, SCHEDULES].map((name) => openQueue(name, backend));
    for (const queue of this.queues) queue.on('error', onError);
    // Typed for a queue in Redis; it reads those in PostgreSQL as well.
    this.adapters = this.queues.map((queue) => new BullMQAdapter(queue as unknown as ConstructorParameters<typeof BullMQAdapter>[0], { readOnlyMode: true }));
  }

  /** How many jobs are in each state; null: the queue did not answer in time. */
  depths(patienceMs: number): Promise<{ readonly name: string; readonly counts: Readonly<Record<string, number>> | null }[]> {
    return Promise.all(
      this.queues.map(async (queue) => ({
        name: queue.name,
        counts: await within(patienceMs, queue.getJobCounts(...STATES)).catch(() => null),
      })),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.queues.map((queue) => queue.close()));
  }
}
