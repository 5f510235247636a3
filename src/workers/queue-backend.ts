import { Queue, Worker, createRedisBackend, type BackendFactory, type ConnectionOptions, type DefaultJobOptions, type Processor, type WorkerOptions } from 'bullmq';
import { surviveLoss } from '../postgres/connection.js';
import { QUEUE_SCHEMA } from '../postgres/roles.js';
import { ASK_AGAIN_MS, patient, reconnectingPostgres } from './patient-backend.js';

/** Where the queue is kept: in Redis where there is one, else in the ledger's own PostgreSQL, as the writer. */
export interface QueuePlace {
  readonly redisUrl: string | null;
  readonly writerUrl: string;
}

/** What queues and workers are made with: the same code on both backends. */
export interface QueueBackend {
  readonly connection: ConnectionOptions;
  readonly factory: BackendFactory;
}

export function queueBackend({ redisUrl, writerUrl }: QueuePlace): QueueBackend {
  if (redisUrl !== null) return { connection: redisOptions(redisUrl), factory: patient(createRedisBackend) };
  const connection = {
    connectionString: writerUrl,
    schema: QUEUE_SCHEMA,
    max: 4,
    application_name: 'credits-queue',
    connectionTimeoutMillis: 10_000,
    onConnect: surviveLoss,
    // All that is in the queue is elsewhere as well: its commits need not wait for the disk.
    options: '-c synchronous_commit=off',
  };
  return { connection, factory: patient(reconnectingPostgres) };
}

/** A queue that fails at once while its place is away: nobody waits for it. */
export function openQueue(name: string, { connection, factory }: QueueBackend, defaultJobOptions: DefaultJobOptions = {}) {
  return new Queue(name, { connection, skipWaitingForReady: true, defaultJobOptions }, factory);
}
export type JobQueue = ReturnType<typeof openQueue>;

/** A worker that goes on asking while its queue is away, and finds it again. */
export function openWorker<Data>(
  name: string,
  process: Processor<Data>,
  { connection, factory }: QueueBackend,
  options: Omit<WorkerOptions, 'connection'>,
  onError: (error: unknown) => void,
) {
  const worker = new Worker(name, process, { connection, runRetryDelay: ASK_AGAIN_MS, ...options }, factory);
  worker.on('error', onError);
  worker.on('failed', (_job, error) => {
    onError(error);
  });
  return worker;
}

function redisOptions(redisUrl: string): ConnectionOptions {
  const url = new URL(redisUrl);
  return {
    host: url.hostname,
    port: Number(url.port || 6379),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.pathname.length > 1 ? { db: Number(url.pathname.slice(1)) } : {}),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    maxRetriesPerRequest: null,
  };
}
