import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Ledger } from '../../src/ledger/ledger.js';
import { DeliverEvents, type Deliver } from '../../src/operations/deliver-events.js';
import { RelayOutbox, type TargetsOf } from '../../src/operations/relay-outbox.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

/** The oldest first, for every place at which two things can come between each other. No queue here: what it would ask for is asked for directly. */
jest.setTimeout(60_000);

const TARGET = { kind: 'webhook', id: 'one' } as const;
const OPTIONS = { leaseMs: 2_000, attempts: 50, firstRetryMs: 10_000, mostRetryMs: 10_000 };
const NO_QUEUE = { add: () => Promise.resolve(), addOnce: () => Promise.resolve() };
const toOne: TargetsOf = (_manager, events) => Promise.resolve(events.map(({ type }) => (type === 'balance.below' ? [TARGET] : [])));

let database: FreshDatabase;
let dataSource: DataSource;
let ledger: Ledger;
let account: LedgerAccount;
let delivered: string[];

beforeAll(async () => {
  database = await freshDatabase();
  dataSource = serviceDataSource({ url: database.writerUrl, poolSize: 8, applicationName: 'test', onPoolError: () => undefined });
  await dataSource.initialize();
  ({ ledger } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
});
beforeEach(async () => {
  delivered = [];
  account = await LedgerAccount.open(database.ownerUrl, ledger);
  await account.buy('card', ['images'], [{ credits: '100' }]);
  for (const credits of ['80', '60', '40']) await account.warnAt(credits);
});
afterAll(async () => {
  await ledger.drain();
  await dataSource.destroy();
  await database.drop();
});

const use = async (images: string): Promise<void> => void unwrap(await account.debit(randomUUID(), 'images', { images }));
const relay = (targetsOf = toOne): Promise<number> => new RelayOutbox(dataSource, targetsOf, NO_QUEUE).run();
const receives: Deliver = (event) => {
  delivered.push(event.ruleId ?? event.type);
  return Promise.resolve({ ok: true, status: 204, at: Date.now() });
};
const isDown: Deliver = () => Promise.resolve({ ok: false, permanent: false, status: null, excerpt: 'nobody there' });
const worker = (webhook: Deliver, over: DataSource = dataSource): DeliverEvents => new DeliverEvents(over, { mail: webhook, webhook }, OPTIONS);
const deliverAll = (by: DeliverEvents): Promise<number | null> => by.run(account.accountId, randomUUID());
const waiting = (): Promise<Record<string, string | null>[]> =>
  query(database.ownerUrl, "SELECT attempts, next_attempt_at::text FROM delivery WHERE account_id = $1 AND state = 'pending' ORDER BY seq", [account.accountId]);

describe('the events of an account', () => {
  it('are not overtaken by a newer one when they come due between two looks', async () => {
    await use('25');
    await relay();
    await deliverAll(worker(isDown));
    await use('20');
    await relay();
    const dueInMs = 3_000;
    await query(database.ownerUrl, `UPDATE delivery SET next_attempt_at = clock_timestamp() + interval '${String(dueInMs)} ms' WHERE account_id = $1 AND attempts > 0`, [account.accountId]);
    let looks = 0;
    const slow = Object.assign(Object.create(dataSource) as DataSource, {
      query: async (sql: string, parameters: unknown[]): Promise<unknown> => {
        const rows: unknown = await dataSource.query(sql, parameters);
        if (sql.includes('body')) {
          looks += 1;
          // What the first look saw waiting is due before anything else is asked.
          if (looks === 1) await sleep(dueInMs + 100);
        }
        return rows;
      },
    });
    await deliverAll(worker(receives, slow));
    expect(delivered).toEqual(['at-80', 'at-60']);
    expect(looks).toBe(2);
  });

  it('are delivered by one worker, however slowly its target answers', async () => {
    for (const images of ['25', '20', '20']) await use(images);
    await relay();
    const slowly: Deliver = async (event, id) => {
      await sleep(OPTIONS.leaseMs + 500);
      return receives(event, id);
    };
    const first = deliverAll(worker(slowly)).then(() => 'over');
    while ((await Promise.race([first, sleep(50)])) !== 'over') await deliverAll(worker(receives));
    expect(delivered).toEqual(['at-80', 'at-60', 'at-40']);
  });

  it('are taken by one relay at a time', async () => {
    await use('25');
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    let first = Promise.resolve(0);
    await new Promise<void>((hasClaimed) => {
      first = relay(async (manager, events) => {
        hasClaimed();
        await held;
        return toOne(manager, events);
      });
    });
    await use('20');
    let secondIsDone = false;
    const second = relay().then(() => (secondIsDone = true));
    await sleep(300);
    // The later event would be there, and the earlier one not yet.
    expect(secondIsDone).toBe(false);
    expect(await waiting()).toEqual([]);
    goOn();
    await Promise.all([first, second]);
    await deliverAll(worker(receives));
    expect(delivered).toEqual(['at-80', 'at-60']);
  });

  it('are handed on again when a crash took away that they were, before they were marked', async () => {
    await use('25');
    // Commits of the relay do not wait for the disk: this is what is left of one when the database crashes right after it.
    const crash = async (): Promise<void> => {
      await query(database.ownerUrl, 'DELETE FROM delivery WHERE account_id = $1', [account.accountId]);
      await query(database.ownerUrl, 'UPDATE outbox SET claimed_until = NULL WHERE account_id = $1 AND published_at IS NULL', [account.accountId]);
    };
    await new RelayOutbox(dataSource, toOne, { ...NO_QUEUE, add: crash }).run();
    expect(await waiting()).toEqual([]);
    await relay();
    await deliverAll(worker(receives));
    expect(delivered).toEqual(['at-80']);
  });
});
