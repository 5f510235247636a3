import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { Ledger } from '../../src/ledger/ledger.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { Dispatch } from '../../src/workers/dispatch.js';
import { queueBackend } from '../../src/workers/queue-backend.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { Receiver, postTo } from '../support/receiver.js';
import { REDIS_IS_THERE, startRedis, type TestRedis } from '../support/redis.js';

jest.setTimeout(300_000);

const CHILD = path.resolve(import.meta.dirname, '../../dist/test/support/dispatch-process.js');
const BACKENDS = REDIS_IS_THERE ? (['PostgreSQL', 'Redis'] as const) : (['PostgreSQL'] as const);
/** Over all backends: the relay twenty times, the worker twenty times. */
const KILLS = 20 / BACKENDS.length;

describe.each(BACKENDS)('a relay and a worker that are killed at the worst moment, queue in %s', (kind) => {
  let database: FreshDatabase;
  let dataSource: DataSource;
  let ledger: Ledger;
  let redis: TestRedis | null = null;
  let receiver: Receiver;
  let account: LedgerAccount;
  const failures: unknown[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    redis = kind === 'Redis' ? await startRedis() : null;
    ({ ledger } = openLedger(database.writerUrl));
    dataSource = serviceDataSource({ url: database.writerUrl, poolSize: 4, applicationName: 'test', onPoolError: () => undefined });
    await dataSource.initialize();
    receiver = await Receiver.start();
    await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
    account = await LedgerAccount.open(database.ownerUrl, ledger);
    await account.buy('card', ['images'], [{ credits: '100' }]);
    unwrap(await account.debit(randomUUID(), 'images', { images: '79' }));
  });
  afterAll(async () => {
    await receiver.close();
    await ledger.drain();
    await dataSource.destroy();
    await redis?.stop();
    await database.drop();
  });

  /** From 21 down to 20 and up again: one crossing. */
  async function cross(): Promise<void> {
    unwrap(await account.debit(randomUUID(), 'images', { images: '1' }));
    unwrap(await account.grant(randomUUID(), '1'));
  }

  async function runUntilItDies(kill: string): Promise<void> {
    const env = { PATH: process.env['PATH'], WRITER_URL: database.writerUrl, RECEIVER_URL: receiver.url, KILL: kill, ...(redis === null ? {} : { REDIS_URL: redis.url }) };
    const child = fork(CHILD, { env, execArgv: ['--no-warnings'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
  }

  it('lose nothing, and what arrives again carries the same id', async () => {
    for (let round = 0; round < KILLS; round += 1) {
      await cross();
      await runUntilItDies('between publish and mark');
    }
    for (let round = 0; round < KILLS; round += 1) await runUntilItDies('between send and mark');
    if (redis !== null) await redis.flush();
    const post = postTo(() => receiver.url);
    const dispatch = new Dispatch({
      database: dataSource,
      backend: queueBackend({ redisUrl: redis?.url ?? null, writerUrl: database.writerUrl }),
      targetsOf: (_manager, events) => Promise.resolve(events.map(({ type }) => (type === 'balance.below' ? [{ kind: 'webhook', id: 'one' }] : []))),
      deliver: { mail: post, webhook: post },
      clock: () => performance.now(),
      wallNow: () => Date.now(),
      onFailure: (error) => failures.push(error),
      options: { pollMs: 50, recoverMs: 300, claimMs: 300, leaseMs: 1_000, lockMs: 1_000 },
    });
    try {
      const open = async (): Promise<number> => {
        const [row] = await query(
          database.readerUrl,
          `SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) + (SELECT count(*) FROM delivery WHERE state <> 'delivered') AS n`,
        );
        return Number(row?.['n']);
      };
      for (const end = Date.now() + 60_000; (await open()) > 0; ) {
        await sleep(50);
        if (Date.now() > end) throw new Error(`something is left: ${String(failures.at(-1))}`);
      }
    } finally {
      await dispatch.stop();
    }
    const messages = await query(database.readerUrl, `SELECT id FROM outbox WHERE type = 'balance.below' ORDER BY seq, ordinal`);
    const ids = messages.map(({ id }) => id);
    expect(ids).toHaveLength(KILLS);
    const received = receiver.eventsOf(account.accountId);
    expect(new Set(received.map(({ id }) => id))).toEqual(new Set(ids));
    // Each killed worker had sent one that was not marked, and was sent again.
    expect(received).toHaveLength(KILLS + KILLS);
    const first = received.filter(({ id }, i) => received.findIndex((other) => other.id === id) === i);
    expect(first.map(({ id }) => id)).toEqual(ids);
  });
});
