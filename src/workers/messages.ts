import { DelayedError, type Job } from 'bullmq';
import type { DeliverEvents } from '../operations/deliver-events.js';
import type { MessageQueue } from '../operations/relay-outbox.js';
import type { QueuedMessage } from '../postgres/catalogue/relay.js';
import { Places } from '../platform/places.js';
import { closeWorker, type ClosableWorker } from './close-worker.js';
import { openQueue, openWorker, type JobQueue, type QueueBackend } from './queue-backend.js';
import { within } from './within.js';

export const MESSAGES = 'messages';
/** What a job is named. */
const DELIVER = 'deliver';

/** What a job carries is delivered side by side; a queue costs by the job, and most of all one in PostgreSQL. */
const MESSAGES_A_JOB = 25;

type MessageJob = Job<{ readonly messages: readonly QueuedMessage[] }>;

/** How long adding may take before it counts as failed: a queue that is away must not hold the relay's claims for ever. */
const ADD_TIMEOUT_MS = 5_000;

/** Messages that wait for a worker. A job says which accounts to deliver for; what is delivered stands in the database. */
export class Messages implements MessageQueue {
  readonly queue: JobQueue;

  constructor(backend: QueueBackend, onError: (error: unknown) => void) {
    // Nothing is kept: what became of a message is in the database, and its id may be added again.
    this.queue = openQueue(MESSAGES, backend, { removeOnComplete: true, removeOnFail: true });
    this.queue.on('error', onError);
  }

  async add(messages: readonly QueuedMessage[]): Promise<void> {
    const jobs: Promise<unknown>[] = [];
    // One by one: few as they are, in PostgreSQL each costs a tenth of what adding in bulk does, which makes tables for it.
    for (let from = 0; from < messages.length; from += MESSAGES_A_JOB) jobs.push(this.queue.add(DELIVER, { messages: messages.slice(from, from + MESSAGES_A_JOB) }));
    await within(ADD_TIMEOUT_MS, Promise.all(jobs));
  }

  async addOnce(messages: readonly (QueuedMessage & { readonly inMs?: number })[]): Promise<void> {
    const jobs = messages.map(({ id, accountId, inMs = 0 }) => ({ name: DELIVER, data: { messages: [{ id, accountId }] }, opts: { jobId: id, delay: inMs } }));
    await within(ADD_TIMEOUT_MS, this.queue.addBulk(jobs));
  }

  close(): Promise<void> {
    return this.queue.close();
  }
}

/** How long a queue may take to answer before it counts as away. */
const ANSWER_MS = 2_000;

export interface MessageWorkerOptions {
  /** Messages under way at once. */
  readonly concurrency: number;
  /** How long a job of a worker that died stays its own, in milliseconds. */
  readonly lockMs: number;
  /** Wall time, by which the queue knows when a job is due. */
  readonly wallNow: () => number;
}

/** Delivers what the jobs name. What is not settled yet comes back at its time; how often is for the database to say. */
export class MessageWorker {
  private readonly worker: ClosableWorker;

  constructor(backend: QueueBackend, private readonly messages: Messages, deliver: DeliverEvents, { concurrency, lockMs, wallNow }: MessageWorkerOptions, onError: (error: unknown) => void) {
    // Many more at once than there is time for would all wait for their answers longer than they may.
    const places = new Places(concurrency);
    const deliverOne = async (message: QueuedMessage) => {
      const inMs = await places.hold(() => deliver.run(message.accountId, message.id));
      return inMs === null ? [] : [{ ...message, inMs }];
    };
    this.worker = openWorker(
      MESSAGES,
      async (job: MessageJob, token?: string) => {
        const { messages } = job.data;
        const tried = await Promise.allSettled(messages.map(deliverOne));
        const left = tried.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
        // Each of them has a time of its own. One that came alone keeps its job.
        if (messages.length > 1 && left.length > 0) await this.messages.addOnce(left);
        const failed = tried.find((one) => one.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
        if (messages.length > 1 || left[0] === undefined) return;
        await job.moveToDelayed(wallNow() + left[0].inMs, token);
        throw new DelayedError();
      },
      backend,
      { concurrency: Math.ceil(concurrency / 2), lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: 1_000 },
      onError,
    );
  }

  close(): Promise<void> {
    return closeWorker(this.worker, this.messages.queue, ANSWER_MS);
  }
}
