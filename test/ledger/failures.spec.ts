import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { amount, formatCredits } from '../../src/domain/credits.js';
import { metadataHash } from '../../src/domain/hash-chain.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { lockElsewhere } from '../support/ledger-connections.js';

let database: FreshDatabase;
const open: Ledger[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((ledger) => ledger.drain()));
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
});
afterAll(() => database.drop());

function instance(options: Parameters<typeof openLedger>[1] = {}): { ledger: Ledger; failures: unknown[] } {
  const opened = openLedger(database.writerUrl, { lanes: 1, ...options });
  open.push(opened.ledger);
  return opened;
}

async function accountWith(ledger: Ledger, credits: string): Promise<LedgerAccount> {
  const account = await LedgerAccount.open(database.ownerUrl, ledger);
  await account.buy('card', ['images'], [{ credits }]);
  return account;
}

const sql = (text: string, values: unknown[] = []): Promise<Record<string, string | null>[]> => query(database.ownerUrl, text, values);

async function availableOf(account: LedgerAccount): Promise<string | null | undefined> {
  return (await sql('SELECT available FROM account_state WHERE account_id = $1', [account.accountId]))[0]?.['available'];
}

/** The database refuses this one: a text cannot hold a zero byte. */
const POISON = { metadata: { salt: 'salt', text: '"\0"', hash: metadataHash('salt', '"\0"') } };

describe('one command that the database refuses', () => {
  it('fails alone: the rest of its batch is booked', async () => {
    const { ledger, failures } = instance();
    const accounts = [await accountWith(ledger, '1000'), await accountWith(ledger, '1000')];
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const account = accounts[i % 2] as LedgerAccount;
        return account.debit(`d${i}`, 'images', { images: '1' }, i === 77 || i === 150 ? POISON : {});
      }),
    );
    const failed = verdicts.flatMap((verdict, i) => (verdict.ok ? [] : [{ i, code: verdict.refusal.code }]));
    expect(failed).toEqual([77, 150].map((i) => ({ i, code: 'internal-error' })));
    expect(failures).toHaveLength(2);
    expect(await Promise.all(accounts.map(availableOf))).toEqual(['901.000000000', '901.000000000']);
  });

  it('leaves nothing in memory of what was rolled back with it', async () => {
    const { ledger } = instance();
    const account = await accountWith(ledger, '10');
    expect(await account.debit('poison', 'images', { images: '9' }, POISON)).toMatchObject({ ok: false });
    const { entry } = unwrap(await account.debit('after', 'images', { images: '9' }));
    expect(formatCredits(entry.availableAfter)).toBe('1.000000000');
  });

  it('is a payment whose id another account has used meanwhile: that one is booked once, its neighbours too', async () => {
    const { ledger } = instance();
    const one = await accountWith(ledger, '1');
    const two = await accountWith(ledger, '1');
    const [ours, theirs] = [randomUUID(), randomUUID()];
    unwrap(await one.placePurchase('buy', ours, '100'));
    unwrap(await two.placePurchase('buy', theirs, '100'));
    const verdicts = await Promise.all([
      one.debit('before', 'images', { images: '0.5' }),
      one.pay(ours, amount('10'), 'the-same'),
      two.pay(theirs, amount('10'), 'the-same'),
      two.debit('after', 'images', { images: '0.5' }),
    ]);
    expect(verdicts.map((verdict) => (verdict.ok ? 'ok' : verdict.refusal.code))).toEqual(['ok', 'ok', 'payment-conflict', 'ok']);
    expect(await sql(`SELECT account_id FROM payment WHERE provider_payment_id = 'the-same'`)).toEqual([{ account_id: one.accountId }]);
  });
});

describe('a statement that fails under way', () => {
  it('makes the pipelined COMMIT answer ROLLBACK, and nobody is told yes', async () => {
    const { ledger } = instance();
    const account = await accountWith(ledger, '10');
    // The last statement before COMMIT: all others succeed, and so does COMMIT itself.
    await sql(`CREATE FUNCTION refuse_lots() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no lot today'; END $$;
      CREATE TRIGGER refuse_lots BEFORE UPDATE ON lot FOR EACH STATEMENT EXECUTE FUNCTION refuse_lots()`);
    const verdicts = await Promise.all(Array.from({ length: 10 }, (_, i) => account.debit(`d${i}`, 'images', { images: '1' })));
    await sql('DROP TRIGGER refuse_lots ON lot');
    expect(verdicts.map((verdict) => (verdict.ok ? 'yes' : verdict.refusal.code))).toEqual(Array.from({ length: 10 }, () => 'internal-error'));
    expect(await availableOf(account)).toBe('10.000000000');
    unwrap(await account.debit('d0', 'images', { images: '1' }));
  });

  it('is tried again as a whole transaction after a serialization failure, and booked once', async () => {
    const { ledger, failures } = instance();
    const account = await accountWith(ledger, '1000');
    // Sequences are not rolled back, so this fails the first three transactions and no more, all of them of one command.
    await sql(`CREATE SEQUENCE refusals;
      GRANT USAGE ON SEQUENCE refusals TO credits_writer;
      CREATE FUNCTION refuse_thrice() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF nextval('refusals') <= 3 THEN RAISE EXCEPTION 'try again' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$;
      CREATE TRIGGER refuse_thrice BEFORE INSERT ON posting FOR EACH STATEMENT EXECUTE FUNCTION refuse_thrice()`);
    const alone = await account.debit('alone', 'images', { images: '1' });
    const verdicts = await Promise.all(Array.from({ length: 50 }, (_, i) => account.debit(`s${i}`, 'images', { images: '1' })));
    const [{ last_value: transactions = null } = {}] = await sql('SELECT last_value FROM refusals');
    await sql('DROP TRIGGER refuse_thrice ON posting');
    for (const verdict of [alone, ...verdicts]) expect(unwrap(verdict).replayed).toBe(false);
    expect(Number(transactions)).toBeGreaterThanOrEqual(5);
    expect(failures).toEqual([]);
    expect(await availableOf(account)).toBe('949.000000000');
  });

  it('is given up with a hint to send it again when the database never stops asking for a retry', async () => {
    const { ledger } = instance({ patienceMs: 200 });
    const account = await accountWith(ledger, '10');
    await sql(`CREATE FUNCTION refuse_ever() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$;
      CREATE TRIGGER refuse_ever BEFORE INSERT ON posting FOR EACH STATEMENT EXECUTE FUNCTION refuse_ever()`);
    expect(await account.debit('never', 'images', { images: '1' })).toMatchObject({ ok: false, refusal: { code: 'account-busy' } });
    await sql('DROP TRIGGER refuse_ever ON posting');
  });

  it('is tried again after a deadlock', async () => {
    // Late, so that the other side is surely there when the ledger looks whether it waits in a circle; before its lock timeout.
    await sql(`DO $$ BEGIN EXECUTE format('ALTER ROLE credits_writer IN DATABASE %I SET deadlock_timeout = 1800', current_database()); END $$`);
    const { ledger, failures } = instance();
    const account = await accountWith(ledger, '1');
    const purchaseId = randomUUID();
    unwrap(await account.placePurchase('buy', purchaseId, '100'));
    const deadlocks = async (): Promise<number> =>
      Number((await sql('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'))[0]?.['deadlocks']);
    const before = await deadlocks();

    const other = new pg.Client({ connectionString: database.ownerUrl, options: '-c search_path=credits -c deadlock_timeout=60s' });
    other.on('error', () => undefined);
    await other.connect();
    await other.query('BEGIN');
    await other.query(`INSERT INTO payment VALUES ('bank', 'contended', 'nobody', 1, 'none', 1, 'EUR', now())`);
    // The ledger takes the account, and waits for the payment's id; the other holds the id, and comes to wait for the account.
    const paid = account.pay(purchaseId, amount('10'), 'contended');
    const waits = `SELECT count(*) AS n FROM pg_stat_activity WHERE application_name LIKE 'ledger-lane-%' AND wait_event_type = 'Lock' AND datname = current_database()`;
    while ((await sql(waits))[0]?.['n'] !== '1') await new Promise((resolve) => setTimeout(resolve, 10));
    await other.query('SELECT FROM account_state WHERE account_id = $1 FOR UPDATE', [account.accountId]);
    await other.query('ROLLBACK');
    await other.end();
    unwrap(await paid);
    expect(failures).toEqual([]);
    expect(await deadlocks()).toBe(before + 1);
  });
});

describe('a queue that is full', () => {
  it('refuses further commands at once, and carries out those it took', async () => {
    const { ledger } = instance({ queueLimit: 50 });
    const account = await accountWith(ledger, '1000');
    const elsewhere = await lockElsewhere(database.ownerUrl, account.accountId);
    const verdicts = Array.from({ length: 80 }, (_, i) => account.debit(`q${i}`, 'images', { images: '1' }));
    for (const verdict of await Promise.all(verdicts.slice(50))) expect(verdict).toMatchObject({ ok: false, refusal: { code: 'overloaded' } });
    await elsewhere.release();
    for (const verdict of await Promise.all(verdicts.slice(0, 50))) unwrap(verdict);
    expect(await availableOf(account)).toBe('950.000000000');
  });
});

describe('an instance that shuts down', () => {
  it('finishes what it took, refuses the rest, and leaves no connection behind', async () => {
    const { ledger } = instance();
    const account = await accountWith(ledger, '1000');
    const taken = Array.from({ length: 300 }, (_, i) => account.debit(`t${i}`, 'images', { images: '1' }));
    const drained = ledger.drain();
    expect(await account.debit('late', 'images', { images: '1' })).toMatchObject({ ok: false, refusal: { code: 'shutting-down' } });
    for (const verdict of await Promise.all(taken)) unwrap(verdict);
    await drained;
    expect(await availableOf(account)).toBe('700.000000000');
  });
});
