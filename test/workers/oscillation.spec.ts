import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { amount } from '../../src/domain/credits.js';
import { genesisHash } from '../../src/domain/hash-chain.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { Dispatch } from '../../src/workers/dispatch.js';
import { queueBackend } from '../../src/workers/queue-backend.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { Receiver, postTo } from '../support/receiver.js';
import { SeededRandom } from '../support/seeded-random.js';

/** ALERT_DEBITS=200000 plays it with 10,000 accounts. */
const DEBITS = Number(process.env['ALERT_DEBITS'] ?? 5_000);
const ACCOUNTS = Math.max(20, Math.round(DEBITS / 20));
jest.setTimeout(120_000 + DEBITS * 60);

let database: FreshDatabase;
let ledger: Ledger;
let dataSource: DataSource;
let receiver: Receiver;
let dispatch: Dispatch;

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger } = openLedger(database.writerUrl, { onEvents: () => { dispatch.wake(); } }));
  dataSource = serviceDataSource({ url: database.writerUrl, poolSize: 10, applicationName: 'test', onPoolError: () => undefined });
  await dataSource.initialize();
  receiver = await Receiver.start();
  const post = postTo(() => receiver.url);
  dispatch = new Dispatch({
    database: dataSource,
    backend: queueBackend({ redisUrl: null, writerUrl: database.writerUrl }),
    targetsOf: (_manager, events) => Promise.resolve(events.map(({ type }) => (type === 'balance.below' ? [{ kind: 'webhook', id: 'one' }] : []))),
    deliver: { mail: post, webhook: post },
    clock: () => performance.now(),
    wallNow: () => Date.now(),
    onFailure: () => undefined,
  });
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
});
afterAll(async () => {
  await dispatch.stop();
  await receiver.close();
  await ledger.drain();
  await dataSource.destroy();
  await database.drop();
});

it(`tells of ${String(ACCOUNTS)} accounts that oscillate around their thresholds exactly what a recount of their entries says`, async () => {
  const accounts = await openAccounts();
  const source = new SeededRandom(7);
  const random = (): number => source.next();
  const balances = new Map(accounts.map(({ accountId }) => [accountId, 100]));
  for (let done = 0; done < DEBITS; ) {
    const round = accounts.slice(0, Math.min(accounts.length, DEBITS - done));
    await Promise.all(
      round.map(async (account, i) => {
        const balance = balances.get(account.accountId) ?? 0;
        const images = Math.min(balance, balance > 40 ? balance - 18 - Math.floor(random() * 6) : 1 + Math.floor(random() * 8));
        unwrap(await account.debit(`d-${String(done + i)}`, 'images', { images: String(images) }));
        const left = balance - images;
        const more = left < 16 || random() < 0.3 ? 1 + Math.floor(random() * 9) : 0;
        if (more > 0) unwrap(await account.grant(`g-${String(done + i)}`, String(more)));
        balances.set(account.accountId, left + more);
      }),
    );
    done += round.length;
  }

  const expected = await recount();
  const stored = await query(database.readerUrl, `SELECT account_id, seq, body ->> 'ruleId' AS rule, id FROM outbox WHERE type = 'balance.below' ORDER BY account_id COLLATE "C", seq, ordinal`);
  expect(stored.map((row) => `${String(row['account_id'])} ${String(row['seq'])} ${String(row['rule'])}`)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(DEBITS / 10);

  for (const end = Date.now() + 60_000 + DEBITS * 20; receiver.received.length < expected.length; ) {
    await sleep(50);
    if (Date.now() > end) throw new Error(`only ${String(receiver.received.length)} of ${String(expected.length)} arrived`);
  }
  // One for one, and of each account in order.
  const arrived = new Map<string, string[]>();
  for (const { event } of receiver.received) arrived.set(event.accountId, [...(arrived.get(event.accountId) ?? []), event.id]);
  const sent = new Map<string, string[]>();
  for (const row of stored) sent.set(String(row['account_id']), [...(sent.get(String(row['account_id'])) ?? []), String(row['id'])]);
  expect(Object.fromEntries([...arrived].sort())).toEqual(Object.fromEntries([...sent].sort()));
});

async function openAccounts(): Promise<LedgerAccount[]> {
  const ids = Array.from({ length: ACCOUNTS }, (_, i) => `osc-${String(i).padStart(6, '0')}`);
  await query(database.ownerUrl, `INSERT INTO licensee VALUES ('licensee', 'Licensee', now())`);
  await query(database.ownerUrl, `INSERT INTO account SELECT id, 'licensee', now() FROM unnest($1::text[]) AS id`, [ids]);
  await query(
    database.ownerUrl,
    `INSERT INTO account_state (account_id, head_hash, last_recorded_at) SELECT a, decode(h, 'hex'), to_timestamp(0) FROM unnest($1::text[], $2::text[]) AS n (a, h)`,
    [ids, ids.map((id) => genesisHash(id))],
  );
  const accounts = ids.map((id) => LedgerAccount.of(id, ledger));
  for (let i = 0; i < accounts.length; i += 250) await Promise.all(accounts.slice(i, i + 250).map((account) => account.buy('card', ['images'], [{ credits: '100' }])));
  return accounts;
}

/** From the entries alone, and by its own arithmetic: thresholds of 20 and 5, armed while the balance is above. */
async function recount(): Promise<string[]> {
  const entries = await query(database.readerUrl, 'SELECT account_id, seq, (available_after + held_after)::text AS balance FROM entry ORDER BY account_id COLLATE "C", seq');
  const crossings: string[] = [];
  let account = '';
  let armed: Record<string, boolean> = {};
  for (const entry of entries) {
    if (entry['account_id'] !== account) {
      account = String(entry['account_id']);
      armed = {};
    }
    const balance = amount(String(entry['balance']));
    for (const [rule, threshold] of [['balance-20', 20], ['balance-5', 5]] as const) {
      if (balance.gt(threshold)) armed[rule] = true;
      else if (armed[rule] === true) {
        armed[rule] = false;
        crossings.push(`${account} ${String(entry['seq'])} ${rule}`);
      }
    }
  }
  return crossings;
}
