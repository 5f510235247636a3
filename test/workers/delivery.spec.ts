import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { AlertRule } from '../../src/domain/alert-rule.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import type { TargetsOf } from '../../src/operations/relay-outbox.js';
import { replayParked } from '../../src/postgres/catalogue/deliveries.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { Dispatch, type DispatchParts } from '../../src/workers/dispatch.js';
import { queueBackend, type QueueBackend } from '../../src/workers/queue-backend.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { Receiver, postTo } from '../support/receiver.js';
import { REDIS_IS_THERE, startRedis, type TestRedis } from '../support/redis.js';

jest.setTimeout(120_000);

if (!REDIS_IS_THERE) process.stderr.write('\nLEFT OUT: there is no redis-server here, so delivery was not tested on Redis (apt-get install redis-server).\n\n');
const BACKENDS = REDIS_IS_THERE ? (['PostgreSQL', 'Redis'] as const) : (['PostgreSQL'] as const);

const QUICK = { pollMs: 50, recoverMs: 300, claimMs: 500, firstRetryMs: 60, mostRetryMs: 200, attempts: 5, leaseMs: 2_000, lockMs: 2_000 };

describe.each(BACKENDS)('delivery with its queue in %s', (kind) => {
  let database: FreshDatabase;
  let dataSource: DataSource;
  let ledger: Ledger;
  let redis: TestRedis | null = null;
  let backend: QueueBackend;
  let receiver: Receiver;
  let delivery: Dispatch | null = null;
  const failures: unknown[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    redis = kind === 'Redis' ? await startRedis() : null;
    backend = queueBackend({ redisUrl: redis?.url ?? null, writerUrl: database.writerUrl });
    dataSource = serviceDataSource({ url: database.writerUrl, poolSize: 8, applicationName: 'test', onPoolError: () => undefined });
    await dataSource.initialize();
    ({ ledger } = openLedger(database.writerUrl, { onEvents: () => delivery?.wake() }));
    receiver = await Receiver.start();
    await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
  });
  afterEach(async () => {
    await delivery?.stop();
    delivery = null;
    receiver.answer = () => 204;
  });
  afterAll(async () => {
    await receiver.close();
    await ledger.drain();
    await dataSource.destroy();
    await redis?.stop();
    await database.drop();
  });

  /** Everything of these types goes to an endpoint of the account's own name. */
  const toOwnEndpoint = (types: readonly string[], targets = ['one']): TargetsOf => (_manager, events) =>
    Promise.resolve(events.map(({ type }) => (types.includes(type) ? targets.map((id) => ({ kind: 'webhook' as const, id })) : [])));

  function start(more: Partial<DispatchParts> = {}, targetsOf = toOwnEndpoint(['balance.below'])): Dispatch {
    const post = postTo(() => receiver.url);
    const parts = { database: dataSource, backend, targetsOf, deliver: { mail: post, webhook: post }, clock: () => performance.now(), wallNow: () => Date.now(), options: QUICK };
    delivery = new Dispatch({ ...parts, onFailure: (error) => failures.push(error), ...more });
    return delivery;
  }

  async function accountWith(credits: string, thresholds: readonly string[]): Promise<LedgerAccount> {
    const account = await LedgerAccount.open(database.ownerUrl, ledger);
    await account.buy('card', ['images'], [{ credits }]);
    for (const threshold of thresholds) await account.warnAt(threshold);
    return account;
  }

  const use = async (account: LedgerAccount, images: string): Promise<number> => unwrap(await account.debit(randomUUID(), 'images', { images })).entry.seq;
  const states = (account: LedgerAccount): Promise<Record<string, string | null>[]> =>
    query(database.readerUrl, 'SELECT state, attempts, last_status FROM delivery WHERE account_id = $1 ORDER BY seq, ordinal', [account.accountId]);
  async function until(what: () => boolean | Promise<boolean>, patienceMs = 25_000): Promise<void> {
    for (const end = Date.now() + patienceMs; !(await what()); ) {
      if (Date.now() > end) throw new Error(`it never came to that; ${String(failures.at(-1))}`);
      await sleep(15);
    }
  }

  it('brings three crossings of one debit in order, soon, and marks them', async () => {
    start();
    const account = await accountWith('100', ['60', '50', '40']);
    const seq = await use(account, '65');
    await until(() => receiver.eventsOf(account.accountId).length === 3);
    expect(receiver.eventsOf(account.accountId).map((event) => [event.ruleId, event.seq, event.ordinal])).toEqual([
      ['at-60', seq, 0],
      ['at-50', seq, 1],
      ['at-40', seq, 2],
    ]);
    await until(async () => (await states(account)).every(({ state }) => state === 'delivered'));
    const [left] = await query(database.readerUrl, 'SELECT count(*) AS n FROM outbox WHERE published_at IS NULL');
    expect(Number(left?.['n'])).toBe(0);
  });

  it('lets a rule be edited while its message is on the way, which stays as it was', async () => {
    const account = await accountWith('100', ['60']);
    await use(account, '65');
    const digest = 'd'.repeat(32);
    const edited: AlertRule = { ruleId: 'at-60', event: 'balance.below', credits: '60', muted: true, mail: [], webhooks: false };
    unwrap(await account.execute({ type: 'change-alert-rules', keyDigest: digest, fingerprint: digest, actor: 'key:admin', ruleId: 'at-60', rule: edited, mustExist: true }));
    start();
    await until(() => receiver.eventsOf(account.accountId).length === 1);
    expect(receiver.eventsOf(account.accountId)).toMatchObject([{ ruleId: 'at-60', route: { mail: 'all', webhooks: true } }]);
  });

  it('delivers all of what came while receiver and queue were away, oldest first, and debits never waited', async () => {
    const port = receiver.url;
    await receiver.close();
    if (redis !== null) await redis.kill();
    // However long it takes until somebody answers, nothing is parked.
    start({ options: { ...QUICK, attempts: 1_000 } });
    const accounts = await Promise.all(Array.from({ length: 4 }, () => accountWith('100', ['80', '60', '40'])));
    for (let step = 0; step < 7; step += 1) await Promise.all(accounts.map((account) => use(account, '10')));
    if (redis !== null) await redis.start();
    // Some attempts fail before anybody answers.
    await until(async () => (await query(database.readerUrl, 'SELECT 1 FROM delivery WHERE attempts > 0 LIMIT 1')).length > 0);
    await receiver.listen();
    expect(receiver.url).toBe(port);
    await until(() => accounts.every((account) => receiver.eventsOf(account.accountId).length >= 3));
    for (const account of accounts) {
      expect(receiver.eventsOf(account.accountId).map(({ ruleId }) => ruleId)).toEqual(['at-80', 'at-60', 'at-40']);
    }
  });

  it('brings back from the database what the queue has lost', async () => {
    const account = await accountWith('100', ['60', '50']);
    receiver.answer = () => 503;
    start({ options: { ...QUICK, firstRetryMs: 1_500, mostRetryMs: 1_500 } });
    await use(account, '65');
    await until(async () => (await states(account)).some(({ attempts }) => Number(attempts) > 0));
    if (redis !== null) await redis.flush();
    else await delivery?.messages.queue.obliterate({ force: true });
    receiver.answer = () => 204;
    await until(() => receiver.eventsOf(account.accountId).length >= 2);
    expect(receiver.eventsOf(account.accountId).map(({ ruleId }) => ruleId)).toEqual(['at-60', 'at-50']);
  });

  it('parks what is refused to the end, goes on with the rest, and replays it when asked', async () => {
    const account = await accountWith('100', ['60', '50']);
    receiver.answer = ({ ruleId }) => (ruleId === 'at-60' ? 400 : 204);
    const running = start();
    await use(account, '65');
    await until(async () => (await states(account)).some(({ state }) => state === 'parked'));
    expect(await states(account)).toEqual([
      { state: 'parked', attempts: QUICK.attempts, last_status: 400 },
      { state: 'delivered', attempts: 1, last_status: 204 },
    ]);
    receiver.answer = () => 204;
    expect(await replayParked(dataSource, account.accountId, null)).toBe(1);
    running.wake();
    await until(() => receiver.eventsOf(account.accountId).length === 2);
    const [second, first] = receiver.eventsOf(account.accountId);
    expect([second?.ruleId, first?.ruleId]).toEqual(['at-50', 'at-60']);
    expect(await replayParked(dataSource, account.accountId, null)).toBe(0);
  });

  it('shares the work of one account between two workers without doubling or reordering anything', async () => {
    const other = new Dispatch({
      database: dataSource,
      backend,
      targetsOf: toOwnEndpoint(['balance.below']),
      deliver: { mail: postTo(() => receiver.url), webhook: postTo(() => receiver.url) },
      clock: () => performance.now(), wallNow: () => Date.now(),
      onFailure: (error) => failures.push(error),
      options: QUICK,
    });
    try {
      start();
      const thresholds = Array.from({ length: 20 }, (_, i) => String(100 - 3 * (i + 1)));
      const account = await accountWith('100', thresholds);
      for (let i = 0; i < 30; i += 1) await use(account, '2');
      await until(() => receiver.eventsOf(account.accountId).length >= 20);
      await sleep(200);
      expect(receiver.eventsOf(account.accountId).map(({ ruleId }) => ruleId)).toEqual(
        [...thresholds.map((threshold) => `at-${threshold}`), 'balance-20'].filter((ruleId) => receiver.eventsOf(account.accountId).some((event) => event.ruleId === ruleId)),
      );
    } finally {
      await other.stop();
    }
  });
});
