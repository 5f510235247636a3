import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Command } from '../../src/domain/command.js';
import { formatCredits } from '../../src/domain/credits.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { Gate, WatchedConnection, lockElsewhere } from '../support/ledger-connections.js';

let database: FreshDatabase;
const open: { drain(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((ledger) => ledger.drain()));
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
});
afterAll(() => database.drop());

function instance(options: Parameters<typeof openLedger>[1] = {}): Ledger {
  const { ledger } = openLedger(database.writerUrl, options);
  open.push(ledger);
  return ledger;
}

/** One that knows nothing, but whose only connection is open: it comes to the lock at once. */
async function connectedInstance(): Promise<Ledger> {
  const ledger = instance({ lanes: 1 });
  await (await LedgerAccount.open(database.ownerUrl, ledger)).debit('first', 'images', { images: '1' });
  return ledger;
}

async function accountWith(ledger: Ledger, ...credits: string[]): Promise<LedgerAccount> {
  const account = await LedgerAccount.open(database.ownerUrl, ledger);
  await account.buy('card', ['images'], credits.map((amount) => ({ credits: amount })));
  return account;
}

/** Another instance, halted in its transaction with everything written but COMMIT. */
async function haltedBeforeCommit(account: LedgerAccount, act: (account: LedgerAccount) => Promise<unknown>): Promise<{ finish(): Promise<void> }> {
  const gate = new Gate();
  const connection = await WatchedConnection.open(database.writerUrl, (name) => (name === 'COMMIT' ? gate.pass() : Promise.resolve()));
  const execute = async (command: Command): ReturnType<Ledger['execute']> => {
    const [settled] = await connection.settle([command]);
    if (settled === undefined || typeof settled === 'string') throw new Error('the account was not free');
    return settled;
  };
  const done = act(account.through({ execute }));
  await gate.reached;
  return {
    finish: async () => {
      gate.open();
      await done;
      await connection.close();
    },
  };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('an account that another instance has locked', () => {
  it.each(['never saw the account before', 'remembers the account'])(
    'is read only after the lock was got: the other changed a lot meanwhile (this instance %s)',
    async (memory) => {
      const account = await accountWith(instance(), '50', '50');
      const ours = memory === 'remembers the account' ? account : account.through(await connectedInstance());
      const other = await haltedBeforeCommit(account, (theirs) => theirs.debit('theirs', 'images', { images: '50' }));
      const taken = ours.debit('ours', 'images', { images: '30' });
      await pause(150);
      await other.finish();
      const { entry } = unwrap(await taken);
      expect(formatCredits(entry.availableAfter)).toBe('20.000000000');
      const lots = await query(database.ownerUrl, 'SELECT lot_id, available FROM lot WHERE account_id = $1 ORDER BY lot_id', [account.accountId]);
      expect(lots.map((lot) => lot['available'])).toEqual(['0.000000000', '20.000000000']);
      expect(String(entry.postings[0]?.lotId)).toBe(lots[1]?.['lot_id']);
      expect(await ours.debit('too-much', 'images', { images: '30' })).toMatchObject({ ok: false, refusal: { code: 'insufficient-credits' } });
    },
  );

  it('is asked for used keys only after the lock was got: the other one books the same key meanwhile', async () => {
    const account = await accountWith(instance(), '50');
    const ours = account.through(await connectedInstance());
    const other = await haltedBeforeCommit(account, (theirs) => theirs.debit('same', 'images', { images: '30' }));
    const again = ours.debit('same', 'images', { images: '30' });
    await pause(150);
    await other.finish();
    const { entry, replayed } = unwrap(await again);
    expect(replayed).toBe(true);
    expect(formatCredits(entry.availableAfter)).toBe('20.000000000');
  });

  it('does not stop the other accounts of its lane', async () => {
    const ledger = instance({ lanes: 1 });
    const locked = await accountWith(ledger, '100');
    const free = await accountWith(ledger, '100');
    const elsewhere = await lockElsewhere(database.ownerUrl, locked.accountId);
    const waiting = locked.debit('waits', 'images', { images: '1' });
    for (let i = 0; i < 20; i += 1) unwrap(await free.debit(`goes-on-${i}`, 'images', { images: '1' }));
    expect(await Promise.race([waiting, pause(1).then(() => 'waits')])).toBe('waits');
    await elsewhere.release();
    unwrap(await waiting);
  });

  it('does not stop the other accounts of its lane when more wait for it than a batch holds, and keeps their order', async () => {
    const ledger = instance({ lanes: 1, batchLimit: 16 });
    const locked = await accountWith(ledger, '100');
    const free = await accountWith(ledger, '100');
    const elsewhere = await lockElsewhere(database.ownerUrl, locked.accountId);
    const waiting = Array.from({ length: 80 }, (_, i) => locked.debit(`waits-${i}`, 'images', { images: '1' }));
    const going = Array.from({ length: 40 }, (_, i) => free.debit(`goes-on-${i}`, 'images', { images: '1' }));
    for (const verdict of await Promise.all(going)) unwrap(verdict);
    expect(await Promise.race([...waiting, pause(1).then(() => 'waits')])).toBe('waits');
    await elsewhere.release();
    const seqs = (await Promise.all(waiting)).map((verdict) => unwrap(verdict).entry.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  it('is given up for busy when the patience of a caller ends, and nothing of it is booked', async () => {
    const ledger = instance({ lanes: 1, patienceMs: 200 });
    const account = await accountWith(ledger, '100');
    const elsewhere = await lockElsewhere(database.ownerUrl, account.accountId);
    expect(await account.debit('impatient', 'images', { images: '1' })).toMatchObject({ ok: false, refusal: { code: 'account-busy' } });
    await elsewhere.release();
    expect(unwrap(await account.debit('impatient', 'images', { images: '1' })).replayed).toBe(false);
  });
});

describe('recordedAt', () => {
  it('is read after the lock: a transaction that began before another one committed does not record the earlier time', async () => {
    const account = await accountWith(instance(), '100');
    const gate = new Gate();
    const connection = await WatchedConnection.open(database.writerUrl, (name) => (name === 'lock-accounts' ? gate.pass() : Promise.resolve()));
    const execute = async (command: Command): ReturnType<Ledger['execute']> => (await connection.settle([command]))[0] as Awaited<ReturnType<Ledger['execute']>>;
    const late = account.through({ execute }).debit('late', 'images', { images: '1' });
    await gate.reached;
    const first = unwrap(await account.debit('first', 'images', { images: '1' }));
    await pause(30);
    const before = await query(database.ownerUrl, 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) AS now');
    gate.open();
    const second = unwrap(await late);
    await connection.close();
    expect(second.entry.seq).toBe(first.entry.seq + 1);
    expect(second.entry.recordedAt).toBeGreaterThanOrEqual(Number(before[0]?.['now']));
  });

  it('never falls along seq while two instances write to one account', async () => {
    const one = await accountWith(instance(), '1000');
    const two = one.through(instance());
    for (let round = 0; round < 40; round += 1) {
      await Promise.all([one, two].flatMap((side, s) => [0, 1, 2].map((i) => side.debit(`r${round}-${s}-${i}`, 'images', { images: '1' }))));
    }
    const falls = await query(
      database.ownerUrl,
      `SELECT count(*) AS entries, count(*) FILTER (WHERE recorded_at < before) AS falls
       FROM (SELECT recorded_at, lag(recorded_at) OVER (ORDER BY seq) AS before FROM entry WHERE account_id = $1 AND type = 'debit') AS e`,
      [one.accountId],
    );
    expect(falls).toEqual([{ entries: '240', falls: '0' }]);
  });
});

describe('what decisions read besides balances', () => {
  it('is seen at once when another instance changed it: an order form signed there, its features usable here', async () => {
    await addRateVersion(database.ownerUrl, 'both', 1, { images: { images: '1' }, captions: { minutes: '2' } });
    const here = await LedgerAccount.open(database.ownerUrl, instance());
    await here.buy('both', ['images'], [{ credits: '100' }]);
    const there = here.through(instance());
    expect(await here.debit('early', 'captions', { minutes: '1' })).toMatchObject({ ok: false, refusal: { code: 'feature-not-ordered' } });
    await there.buy('both', ['images', 'captions'], []);
    await there.buy('both', ['images', 'captions'], [{ credits: '1' }]);
    expect(formatCredits(unwrap(await here.debit('ordered', 'captions', { minutes: '1' })).entry.credits)).toBe('2.000000000');
  });

  it('is seen at once when this instance had the same version in mind for a rolled back change', async () => {
    // The order form that is signed and lost, and the one that takes its place, both raise configVersion to the same number.
    await addRateVersion(database.ownerUrl, 'lost', 1, { images: { images: '1' }, captions: { minutes: '2' } });
    const here = await LedgerAccount.open(database.ownerUrl, instance({ lanes: 1 }));
    await here.buy('lost', ['images'], [{ credits: '100' }]);
    await query(
      database.ownerUrl,
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no form today'; END $$;
       CREATE TRIGGER fail BEFORE INSERT ON order_form FOR EACH STATEMENT EXECUTE FUNCTION fail()`,
    );
    await expect(here.buy('lost', ['captions'], [{ credits: '1' }])).rejects.toThrow('internal-error');
    await query(database.ownerUrl, 'DROP TRIGGER fail ON order_form');
    await here.through(instance()).buy('lost', ['images'], [{ credits: '1' }]);
    expect(await here.debit('not-ordered', 'captions', { minutes: '1' })).toMatchObject({ ok: false, refusal: { code: 'feature-not-ordered' } });
    unwrap(await here.debit('ordered', 'images', { images: '1' }));
  });
});
