import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { amount } from '../../src/domain/credits.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { HOUR_MS } from '../../src/domain/hold.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import type { Verdict } from '../../src/ledger/verdict.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;
let failures: unknown[];
let keys = 0;

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger, failures } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '1' } });
});
afterAll(async () => {
  await ledger.drain();
  await database.drop();
  expect(failures).toEqual([]);
});

function origin(): { keyDigest: string; fingerprint: string; actor: string } {
  keys += 1;
  return { keyDigest: shortDigest(`key-${keys}`), fingerprint: shortDigest(`request-${keys}`), actor: 'key:finance' };
}

async function account(...credits: string[]): Promise<LedgerAccount> {
  const opened = await LedgerAccount.open(database.ownerUrl, ledger);
  await opened.buy('standard', ['captions'], credits.map((each) => ({ credits: each })));
  return opened;
}

/** The lot of the purchase of `buy`: order form, purchase, payment and allocation come before anything else. */
const LOT = 4;

type Dispute = 'freeze-lot' | 'release-frozen' | 'withdraw-frozen';

function dispute(of: LedgerAccount, type: Dispute, credits: string | null): Promise<Verdict> {
  return of.execute({
    type,
    ...origin(),
    lotId: LOT,
    credits: credits === null ? null : amount(credits),
    reason: 'the bank took the payment back',
    reference: 'dp-1',
  });
}

function hold(of: LedgerAccount, holdId: string, credits: string): Promise<Verdict> {
  const estimate = { credits: amount(credits) };
  return of.execute({ type: 'place-hold', ...origin(), holdId, feature: 'captions', estimate, ttlMs: HOUR_MS, maxCapture: null });
}

function release(of: LedgerAccount, holdId: string): Promise<Verdict> {
  return of.execute({ type: 'release-hold', ...origin(), holdId });
}

/** What the lot has, without what is zero and trailing zeros. */
async function lot(of: LedgerAccount): Promise<Record<string, string>> {
  const [row] = await query(
    database.ownerUrl,
    `SELECT trim_scale(available)::text AS available, trim_scale(held)::text AS held, trim_scale(consumed)::text AS consumed,
       trim_scale(lapsed)::text AS lapsed, trim_scale(frozen)::text AS frozen, trim_scale(withdrawn)::text AS withdrawn,
       trim_scale(freeze_owed)::text AS owed, condition
     FROM lot WHERE account_id = $1 AND lot_id = $2`,
    [of.accountId, LOT],
  );
  return Object.fromEntries(Object.entries(row ?? {}).filter(([, value]) => value !== '0')) as Record<string, string>;
}

describe('a payment that the bank takes back', () => {
  it('freezes what is available, and takes what is owed from what holds and reversals return', async () => {
    const bought = await account('100');
    const debit = unwrap(await bought.debit('use', 'captions', { minutes: '20' }));
    unwrap(await hold(bought, 'work', '30'));
    unwrap(await dispute(bought, 'freeze-lot', '90'));
    expect(await lot(bought)).toEqual({ held: '30', consumed: '20', frozen: '50', owed: '40', condition: 'frozen' });
    unwrap(await release(bought, 'work'));
    expect(await lot(bought)).toEqual({ consumed: '20', frozen: '80', owed: '10', condition: 'frozen' });
    // Of the twenty that come back, ten are owed: one return, two buckets.
    const reversal = unwrap(await bought.reverse('undo', debit.entry.seq));
    expect(reversal.entry.postings.map(({ to, credits }) => [to, credits.toFixed()])).toEqual([['frozen', '10'], ['available', '10']]);
    expect(await lot(bought)).toEqual({ available: '10', frozen: '90', condition: 'frozen' });
    unwrap(await bought.debit('again', 'captions', { minutes: '10' }));
    expect(await bought.debit('more', 'captions', { minutes: '1' })).toMatchObject({ refusal: { code: 'account-suspended' } });
  });

  it('gives back what finance releases, what is owed first, and ends the suspension that the freeze caused', async () => {
    const bought = await account('100');
    unwrap(await bought.debit('use', 'captions', { minutes: '60' }));
    unwrap(await dispute(bought, 'freeze-lot', null));
    expect(await lot(bought)).toEqual({ consumed: '60', frozen: '40', owed: '60', condition: 'frozen' });
    unwrap(await dispute(bought, 'release-frozen', '70'));
    expect(await lot(bought)).toEqual({ available: '10', consumed: '60', frozen: '30', condition: 'frozen' });
    unwrap(await bought.debit('again', 'captions', { minutes: '10' }));
    unwrap(await dispute(bought, 'release-frozen', null));
    expect(await lot(bought)).toEqual({ available: '30', consumed: '70', condition: 'normal' });
    unwrap(await bought.debit('resumed', 'captions', { minutes: '30' }));
    expect(await dispute(bought, 'release-frozen', null)).toMatchObject({ refusal: { code: 'lot-not-frozen' } });
  });

  it('withdraws what finance decides is gone, while what is still owed stays owed', async () => {
    const bought = await account('100');
    const debit = unwrap(await bought.debit('use', 'captions', { minutes: '60' }));
    unwrap(await dispute(bought, 'freeze-lot', null));
    expect(await dispute(bought, 'withdraw-frozen', '41')).toMatchObject({ refusal: { code: 'lot-not-frozen' } });
    unwrap(await dispute(bought, 'withdraw-frozen', null));
    expect(await lot(bought)).toEqual({ consumed: '60', withdrawn: '40', owed: '60', condition: 'frozen' });
    unwrap(await bought.reverse('undo', debit.entry.seq, '0.5'));
    expect(await lot(bought)).toEqual({ consumed: '30', frozen: '30', withdrawn: '40', owed: '30', condition: 'frozen' });
    // Never more than the lot: only what is not frozen, owed or withdrawn already can still be claimed.
    unwrap(await dispute(bought, 'freeze-lot', '1000'));
    expect(await lot(bought)).toEqual({ consumed: '30', frozen: '30', withdrawn: '40', owed: '30', condition: 'frozen' });
  });

  it('keeps frozen credits over the end of the Term, and lapses them when they are released after it', async () => {
    const bought = await LedgerAccount.open(database.ownerUrl, ledger);
    const [{ today } = {}] = await query(database.ownerUrl, "SELECT (clock_timestamp() + offset_ms * interval '1 ms' + interval '3 days')::date::text AS today FROM business_clock");
    await bought.buy('standard', ['captions'], [{ credits: '100' }], { termStart: '2020-01-01', termEnd: today as string });
    unwrap(await bought.debit('use', 'captions', { minutes: '10' }));
    unwrap(await hold(bought, 'work', '20'));
    unwrap(await dispute(bought, 'freeze-lot', '50'));
    await query(database.ownerUrl, 'UPDATE business_clock SET offset_ms = offset_ms + $1', [40 * 24 * HOUR_MS]);
    expect(await bought.debit('late', 'captions', { minutes: '1' })).toMatchObject({ refusal: { code: 'term-ended' } });
    // The hold expired before the Term's lapse: it gave back to what lapsed then.
    expect(await lot(bought)).toEqual({ consumed: '10', lapsed: '40', frozen: '50', condition: 'frozen' });
    unwrap(await dispute(bought, 'release-frozen', null));
    expect(await lot(bought)).toEqual({ consumed: '10', lapsed: '90', condition: 'normal' });
  });
});
