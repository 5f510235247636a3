import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Ledger } from '../../src/ledger/ledger.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { CuttingProxy, type Cut } from '../support/cutting-proxy.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let proxy: CuttingProxy;
let ledger: Ledger;
let failures: unknown[];
let account: LedgerAccount;

beforeAll(async () => {
  database = await freshDatabase();
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
  proxy = await CuttingProxy.start(database.writerUrl);
});
beforeEach(async () => {
  ({ ledger, failures } = openLedger(proxy.url, { lanes: 1 }));
  account = await LedgerAccount.open(database.ownerUrl, ledger);
  await account.buy('card', ['images'], [{ credits: '10000' }]);
});
afterEach(async () => {
  await ledger.drain();
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

/** How many entries there are for the debits of this account, and how many keys. */
async function bookedDebits(): Promise<{ entries: number; keys: number }> {
  const [row] = await query(
    database.ownerUrl,
    `SELECT count(*) AS entries, count(DISTINCT key_digest) AS keys FROM entry WHERE account_id = $1 AND type = 'debit'`,
    [account.accountId],
  );
  return { entries: Number(row?.['entries']), keys: Number(row?.['keys']) };
}

describe('a connection that is lost at COMMIT', () => {
  it.each<Cut>(['before-commit', 'with-commit', 'after-commit'])('(%s) leaves nothing unknown: each command is sent again, and booked once', async (where) => {
    for (let round = 0; round < 10; round += 1) {
      proxy.cutAtCommit(where);
      const verdicts = await Promise.all(Array.from({ length: 20 }, (_, i) => account.debit(`${round}-${i}`, 'images', { images: '1' })));
      // None of them saw an answer before, so for none of them this one is a replay.
      expect(verdicts.map((verdict) => unwrap(verdict).replayed)).toEqual(Array.from({ length: 20 }, () => false));
    }
    expect(failures).toHaveLength(10);
    expect(await bookedDebits()).toEqual({ entries: 200, keys: 200 });
  });

  it('keeps a replay a replay, also of a command that came twice in the lost batch', async () => {
    unwrap(await account.debit('old', 'images', { images: '1' }));
    proxy.cutAtCommit('after-commit');
    const verdicts = await Promise.all(['old', 'new', 'new'].map((key) => account.debit(key, 'images', { images: '1' })));
    expect(verdicts.map((verdict) => unwrap(verdict).replayed)).toEqual([true, false, true]);
    expect(await bookedDebits()).toEqual({ entries: 2, keys: 2 });
  });

  it('refuses what the balance does not cover as if nothing had happened', async () => {
    const small = await LedgerAccount.open(database.ownerUrl, ledger);
    await small.buy('card', ['images'], [{ credits: '15' }]);
    proxy.cutAtCommit('after-commit');
    const verdicts = await Promise.all(Array.from({ length: 20 }, (_, i) => small.debit(`s-${i}`, 'images', { images: '1' })));
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(15);
  });

  it('tells the caller that the outcome is unknown when the silence outlasts its patience, and the same key finds it', async () => {
    proxy.cutAtCommit('silence-at-commit');
    expect(await account.debit('silence', 'images', { images: '1' })).toMatchObject({ ok: false, refusal: { code: 'outcome-unknown' } });
    expect(unwrap(await account.debit('silence', 'images', { images: '1' })).replayed).toBe(true);
    unwrap(await account.debit('afterwards', 'images', { images: '1' }));
    expect(await bookedDebits()).toEqual({ entries: 2, keys: 2 });
  }, 120_000);
});

describe('a network that has gone silent', () => {
  it('keeps no instance from shutting down', async () => {
    unwrap(await account.debit('before', 'images', { images: '1' }));
    proxy.silenceAll();
    await ledger.drain();
  });
});

describe('connections that are lost anywhere', () => {
  it('cost nothing but time: cut again and again under load, every debit is booked once', async () => {
    let going = true;
    const cutting = (async () => {
      for (let i = 0; i < 15; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        proxy.cutAll();
      }
      going = false;
    })();
    const sent = await load(() => going);
    await cutting;
    expect(failures.length).toBeGreaterThan(0);
    expect(await bookedDebits()).toEqual({ entries: sent, keys: sent });
  });

  it('or ended by an administrator, or by a server that runs out of patience', async () => {
    let going = true;
    const ending = (async () => {
      for (let i = 0; i < 15; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        await query(database.ownerUrl, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ledger-lane-%' AND datname = current_database()`);
      }
      going = false;
    })();
    const sent = await load(() => going);
    await ending;
    expect(failures.length).toBeGreaterThan(0);
    expect(await bookedDebits()).toEqual({ entries: sent, keys: sent });
  });

  it('while idle, too: the next command finds a new one', async () => {
    proxy.cutAll();
    unwrap(await account.debit('after-idle', 'images', { images: '1' }));
    expect(await ledger.quoteDebit(quoteOf(account))).toHaveProperty('admitted');
    proxy.cutAll();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await ledger.quoteDebit(quoteOf(account))).toHaveProperty('admitted');
  });
});

/** 32 callers, each with one debit after another; answers how many were booked. */
async function load(going: () => boolean): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: 32 }, async (_, caller) => {
      let sent = 0;
      for (; going(); sent += 1) expect(unwrap(await account.debit(`${caller}-${sent}`, 'images', { images: '0.1' })).replayed).toBe(false);
      return sent;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function quoteOf({ accountId }: LedgerAccount): Parameters<Ledger['quoteDebit']>[0] {
  return {
    type: 'debit',
    accountId,
    keyDigest: '',
    fingerprint: '',
    actor: 'key:test',
    mode: 'authorize',
    feature: 'images',
    usage: [],
    occurredAt: null,
    endUser: null,
    metadata: null,
  };
}
