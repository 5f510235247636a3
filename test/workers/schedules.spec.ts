import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { openQueue, queueBackend, type QueueBackend } from '../../src/workers/queue-backend.js';
import { SCHEDULES, Schedules } from '../../src/workers/schedules.js';
import { withClient } from '../../src/postgres/connection.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { REDIS_IS_THERE, startRedis, type TestRedis } from '../support/redis.js';

const HOUR_MS = 3_600_000;
const now = (): number => Date.now();

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !isSo(); tries += 1) await sleep(20);
  expect(isSo()).toBe(true);
}

if (!REDIS_IS_THERE) process.stderr.write('\nLEFT OUT: there is no redis-server here, so schedules were not tried with one (apt-get install redis-server).\n\n');

describe.each(REDIS_IS_THERE ? (['PostgreSQL', 'Redis'] as const) : (['PostgreSQL'] as const))('schedules, queue in %s', (kind) => {
  let database: FreshDatabase;
  let redis: TestRedis | null = null;
  let backend: QueueBackend;
  let running: Schedules | null = null;

  beforeAll(async () => {
    database = await freshDatabase();
    redis = kind === 'Redis' ? await startRedis() : null;
    backend = queueBackend({ redisUrl: redis?.url ?? null, writerUrl: database.writerUrl });
  });
  afterEach(async () => {
    await running?.close();
    running = null;
  });
  afterAll(async () => {
    await redis?.stop();
    await database.drop();
  });

  it('are taken back from a worker whose clock was hours ahead', async () => {
    const queue = openQueue(SCHEDULES, backend);
    // Where that worker left it: the next run is at an hour that nobody else reaches soon.
    await queue.upsertJobScheduler('often', { every: 100, startDate: now() + 5 * HOUR_MS }, { name: 'often', opts: {} });
    expect((await queue.getJobScheduler('often'))?.next).toBeGreaterThan(now() + HOUR_MS);
    let runs = 0;
    running = new Schedules(backend, [{ name: 'often', everyMs: 100, run: () => Promise.resolve((runs += 1)) }], () => undefined, { wallNow: now, putBackMs: 200 });
    await until(() => runs >= 3);
    expect((await queue.getJobScheduler('often'))?.next).toBeLessThan(now() + HOUR_MS);
    await queue.close();
  });

  it('come back after the queue was emptied', async () => {
    let runs = 0;
    running = new Schedules(backend, [{ name: 'again', everyMs: 100, run: () => Promise.resolve((runs += 1)) }], () => undefined, { wallNow: now, putBackMs: 200 });
    await until(() => runs >= 1);
    if (redis !== null) await redis.flush();
    else await running.queue.obliterate({ force: true });
    const before = runs;
    await until(() => runs >= before + 3);
  });
});

describe('a queue in a database that takes nobody for a while, as when it recovers from a crash', () => {
  let database: FreshDatabase;
  let errors: string[];
  let begun: number;
  let runs: number;
  let schedules: Schedules;

  const takesConnections = async (allowed: boolean) => {
    const elsewhere = new URL(database.ownerUrl);
    const name = elsewhere.pathname.slice(1);
    elsewhere.pathname = '/postgres';
    await withClient({ url: elsewhere.toString(), applicationName: 'test' }, async (client) => {
      await client.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${String(allowed)}`);
      if (!allowed) await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    });
  };
  const start = () => {
    const run = async () => {
      begun += 1;
      await sleep(500);
      runs += 1;
    };
    const backend = queueBackend({ redisUrl: null, writerUrl: database.writerUrl });
    schedules = new Schedules(backend, [{ name: 'often', everyMs: 100, run }], (error) => errors.push(String(error)), { wallNow: now, putBackMs: 500 });
  };
  beforeEach(async () => {
    database = await freshDatabase();
    errors = [];
    begun = 0;
    runs = 0;
  });
  afterEach(async () => {
    const closing = performance.now();
    await schedules.close();
    expect(performance.now() - closing).toBeLessThan(10_000);
    await database.drop();
  });

  /** By the queue: while it is away each look runs the schedule by itself. */
  const runsAgain = async () => {
    const before = runs;
    await until(() => runs >= before + 5);
    expect(await schedules.queue.getJobSchedulersCount()).toBe(1);
    const told = errors.length;
    await sleep(1_500);
    expect(errors.slice(told)).toEqual([]);
  };

  it('is asked about once a second, not without pause, and used again', async () => {
    start();
    // While it is at work, lest it wait for work: that it does with pauses.
    await until(() => runs >= 2 && begun > runs);
    const before = errors.length;
    await takesConnections(false);
    await sleep(3_000);
    expect(errors.slice(before).join()).toContain('is not currently accepting connections');
    expect(errors.length - before).toBeLessThan(60);

    await takesConnections(true);
    await runsAgain();
  });

  it('is found by a worker that was started meanwhile', async () => {
    await takesConnections(false);
    start();
    await sleep(2_000);
    expect(errors.join()).toContain('is not currently accepting connections');
    expect(errors.length).toBeLessThan(60);

    await takesConnections(true);
    await runsAgain();
  });
});

it('run without a queue, at each look, and one that fails keeps no other from it', async () => {
  const errors: string[] = [];
  let runs = 0;
  const nowhere = queueBackend({ redisUrl: 'redis://127.0.0.1:1/', writerUrl: '' });
  const failing = { name: 'failing', everyMs: HOUR_MS, run: () => Promise.reject(new Error('this one fails')) };
  const counting = { name: 'counting', everyMs: HOUR_MS, run: () => Promise.resolve((runs += 1)) };
  const schedules = new Schedules(nowhere, [failing, counting], (error) => errors.push(String(error)), { wallNow: now, putBackMs: 100, answerMs: 100 });
  await until(() => runs >= 3);
  await schedules.close();
  expect(errors).toContain('Error: this one fails');
});
