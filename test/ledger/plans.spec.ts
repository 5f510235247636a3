import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Command } from '../../src/domain/command.js';
import { metadataHash } from '../../src/domain/hash-chain.js';
import { PipelinedConnection } from '../../src/ledger/connection.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { Memory } from '../../src/ledger/memory.js';
import { settle } from '../../src/ledger/settle.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { ledgerConnectionsGone } from '../support/ledger-connections.js';

/** What statements read and write, as PostgreSQL counts it: times would depend on the machine, these do not. */
const LEDGER_TABLES = ['account_state', 'entry', 'entry_metadata', 'lot', 'order_form', 'payment', 'posting', 'purchase', 'rate_notice'];

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  // What autovacuum would find sooner or later: the planner now takes these tables for empty, and plans accordingly.
  await query(database.ownerUrl, `ANALYZE`);
});
afterAll(() => database.drop());

interface Counters {
  readonly sequential: number;
  readonly byIndex: number;
  readonly updates: number;
  readonly hotUpdates: number;
}

const instances: Ledger[] = [];
function instance(options: Parameters<typeof openLedger>[1] = {}): Ledger {
  const { ledger } = openLedger(database.writerUrl, { lanes: 1, ...options });
  instances.push(ledger);
  return ledger;
}
const endInstances = async (): Promise<void> => {
  await Promise.all(instances.splice(0).map((ledger) => ledger.drain()));
};
afterEach(endInstances);

async function countersOf(table: string): Promise<Counters> {
  await endInstances();
  await ledgerConnectionsGone(database.ownerUrl);
  const [row] = await query(
    database.ownerUrl,
    'SELECT seq_tup_read, idx_tup_fetch, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = $1',
    [table],
  );
  const number = (column: string): number => Number(row?.[column]);
  return { sequential: number('seq_tup_read'), byIndex: number('idx_tup_fetch'), updates: number('n_tup_upd'), hotUpdates: number('n_tup_hot_upd') };
}

const open = (ledger: Ledger): Promise<LedgerAccount> => LedgerAccount.open(database.ownerUrl, ledger);

describe('connections that were opened when the tables were empty', () => {
  it('read no table from end to end thousands of entries later, whatever is asked of them', async () => {
    await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
    const ledger = instance();
    const before = await query(database.ownerUrl, 'SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE relname = ANY($1)', [LEDGER_TABLES]);
    const accounts = [];
    for (let i = 0; i < 15; i += 1) {
      const account = await open(ledger);
      await account.buy('card', ['images'], [{ credits: '1000' }, { credits: '1000' }]);
      accounts.push(account);
    }
    for (let round = 0; round < 4; round += 1) {
      const metadata = { salt: 'salt', text: '{}', hash: metadataHash('salt', '{}') };
      const batch = accounts.flatMap((account) =>
        Array.from({ length: 50 }, (_, i) => account.debit(`d-${round}-${i}`, 'images', { images: '1' }, i % 10 === 0 ? { metadata } : {})),
      );
      const [first] = (await Promise.all(batch)).map((verdict) => unwrap(verdict));
      for (const account of accounts) {
        unwrap(await account.debit(`d-${round}-0`, 'images', { images: '1' }));
        unwrap(await account.reverse(`reverse-${round}`, (first?.entry.seq ?? 0) + round));
        unwrap(await account.grant(`grant-${round}`, '10'));
      }
    }
    await accounts[0]?.debit('big', 'images', { images: '100000' });
    await endInstances();
    await ledgerConnectionsGone(database.ownerUrl);
    const after = await query(database.ownerUrl, 'SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE relname = ANY($1)', [LEDGER_TABLES]);
    expect(after).toHaveLength(LEDGER_TABLES.length);
    expect(after).toEqual(before);
    const [{ n = '0' } = {}] = await query(database.ownerUrl, 'SELECT count(*) AS n FROM entry');
    expect(Number(n)).toBeGreaterThan(3_000);
  });

  it('keep one plan a statement, whatever values they meet', async () => {
    const connection = await PipelinedConnection.open(database.writerUrl, 'test-watched');
    const memory = new Memory(1);
    const ledger = {
      execute: async (command: Command) => {
        const [settled] = await settle(connection, [command], memory, { committing: false, told: false, replays: new Set() });
        if (settled === undefined || typeof settled === 'string') throw new Error('not free');
        return settled;
      },
    } as unknown as Ledger;
    const accounts = [await open(ledger), await open(ledger)];
    for (const account of accounts) await account.buy('card', ['images'], [{ credits: '100' }]);
    for (let i = 0; i < 12; i += 1) {
      for (const account of accounts) {
        const { entry } = unwrap(await account.debit(`p-${i}`, 'images', { images: '1' }));
        unwrap(await account.debit(`p-${i}`, 'images', { images: '1' }));
        unwrap(await account.reverse(`r-${i}`, entry.seq));
      }
    }
    const plans = await connection.run({
      name: 'plans',
      text: 'SELECT name, custom_plans FROM pg_prepared_statements WHERE generic_plans > 0 OR custom_plans > 0',
    });
    await connection.close();
    expect(plans.length).toBeGreaterThan(15);
    expect(plans.filter(([, custom]) => custom !== '0')).toEqual([]);
  });
});

describe('an account with 300 open lots', () => {
  it('costs a debit the rows of a few of them, and all of them only when those run out', async () => {
    const ledger = instance();
    const account = await open(ledger);
    await account.buy('card', ['images'], [{ credits: '10' }]);
    await Promise.all(Array.from({ length: 299 }, (_, i) => account.grant(`lot-${i}`, '10')));
    const before = await countersOf('lot');
    const times = 20;
    for (let i = 0; i < times; i += 1) {
      // An instance that remembers nothing, each time.
      unwrap(await account.through(instance()).debit(`cold-${i}`, 'images', { images: '1' }));
      await endInstances();
    }
    const after = await countersOf('lot');
    expect(after.sequential).toBe(before.sequential);
    // 8 loaded, 1 updated, and a little for versions that were not yet pruned.
    expect((after.byIndex - before.byIndex) / times).toBeLessThanOrEqual(12);

    const last = account.through(instance());
    const { entry } = unwrap(await last.debit('nearly-all', 'images', { images: '2970' }));
    expect(entry.postings).toHaveLength(297);
    unwrap(await last.debit('the-rest', 'images', { images: '10' }));
    expect(await last.debit('one-more', 'images', { images: '1' })).toMatchObject({ ok: false, refusal: { code: 'account-suspended' } });
  });
});

describe('a hot account', () => {
  it('updates its row and its lot in place, so that no index and no page grows with the number of debits', async () => {
    const ledger = instance();
    const account = await open(ledger);
    await account.buy('card', ['images'], [{ credits: '100000' }]);
    const before = { account: await countersOf('account_state'), lot: await countersOf('lot') };
    const hot = account.through(instance({ batchLimit: 4 }));
    const debits = Array.from({ length: 2_000 }, (_, i) => hot.debit(`hot-${i}`, 'images', { images: '1' }));
    for (const verdict of await Promise.all(debits)) unwrap(verdict);
    for (const [table, was] of [['account_state', before.account], ['lot', before.lot]] as const) {
      const is = await countersOf(table);
      expect(is.updates - was.updates).toBeGreaterThanOrEqual(500);
      expect((is.hotUpdates - was.hotUpdates) / (is.updates - was.updates)).toBeGreaterThan(0.98);
    }
  });
});
