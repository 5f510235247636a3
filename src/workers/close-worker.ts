import type { JobQueue } from './queue-backend.js';
import { within } from './within.js';

export interface ClosableWorker {
  close(force?: boolean): Promise<void>;
}

/**
 * Lets a worker finish what it has begun. Where its queue is away it would wait for that for ever: then it is cut off, and what
 * it had begun is taken up again by another.
 */
export async function closeWorker(worker: ClosableWorker, queue: JobQueue, answerMs: number): Promise<void> {
  const isThere = await within(answerMs, queue.getJobCounts()).then(
    () => true,
    () => false,
  );
  await worker.close(!isThere);
}
