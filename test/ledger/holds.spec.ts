import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { amount, formatCredits } from '../../src/domain/credits.js';
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
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' }, images: { images: '1' } });
  await addRateVersion(database.ownerUrl, 'standard', 2, { captions: { minutes: '4' }, images: { images: '1' } });
});
afterAll(async () => {
  await ledger.drain();
  await database.drop();
  expect(failures).toEqual([]);
});

function origin(): { keyDigest: string; fingerprint: string; actor: string } {
  keys += 1;
  return { keyDigest: shortDigest(`key-${keys}`), fingerprint: shortDigest(`request-${keys}`), actor: 'key:test' };
}

async function account(...lots: { credits: string; rateVersion?: number }[]): Promise<LedgerAccount> {
  const opened = await LedgerAccount.open(database.ownerUrl, ledger);
  await opened.buy('standard', ['captions', 'images'], lots);
  return opened;
}

function usage(quantities: Readonly<Record<string, string>>): { meter: string; quantity: ReturnType<typeof amount> }[] {
  return Object.entries(quantities).map(([meter, quantity]) => ({ meter, quantity: amount(quantity) }));
}

function hold(of: LedgerAccount, holdId: string, credits: string, more: object = {}): Promise<Verdict> {
  return of.execute({
    type: 'place-hold',
    ...origin(),
    holdId,
    feature: 'captions',
    estimate: { credits: amount(credits) },
    ttlMs: HOUR_MS,
    maxCapture: null,
    ...more,
  });
}

function capture(of: LedgerAccount, holdId: string, minutes: string, final = true): Promise<Verdict> {
  return of.execute({ type: 'capture-hold', ...origin(), holdId, usage: usage({ minutes }), final, endUser: null, metadata: null });
}

async function balance(of: LedgerAccount): Promise<Record<string, string | null>> {
  const [state] = await query(database.ownerUrl, 'SELECT available, held, status FROM account_state WHERE account_id = $1', [of.accountId]);
  return state ?? {};
}

async function advance(milliseconds: number): Promise<void> {
  await query(database.ownerUrl, 'UPDATE business_clock SET offset_ms = offset_ms + $1', [milliseconds]);
}

describe('holds', () => {
  it('grants exactly six of twenty concurrent holds of 75 on a balance of 500', async () => {
    const bought = await account({ credits: '500' });
    const verdicts = await Promise.all(Array.from({ length: 20 }, (_, i) => hold(bought, `h${i}`, '75')));
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(6);
    expect(await balance(bought)).toEqual({ available: '50.000000000', held: '450.000000000', status: 'active' });
  });

  it('captures what was used at the rates of the hold, and gives the rest back', async () => {
    const bought = await account({ credits: '6', rateVersion: 1 }, { credits: '100', rateVersion: 2 });
    unwrap(await hold(bought, 'work', '20'));
    const { entry } = unwrap(await capture(bought, 'work', '3'));
    // 2 minutes at 3 from the first lot, 1 minute at 4 from the second.
    expect(formatCredits(entry.credits)).toBe('10.000000000');
    expect(await balance(bought)).toMatchObject({ available: '96.000000000', held: '0.000000000' });
    expect(await capture(bought, 'work', '1')).toMatchObject({ refusal: { code: 'hold-finalized' } });
  });

  it('draws more than was held from what is available, and leaves the rest unfunded', async () => {
    const bought = await account({ credits: '30' });
    unwrap(await hold(bought, 'more', '9'));
    const { entry } = unwrap(await capture(bought, 'more', '12'));
    expect(formatCredits(entry.credits)).toBe('30.000000000');
    expect(entry.unfunded && formatCredits(entry.unfunded)).toBe('6.000000000');
  });

  it('takes sixty streamed captures against one minimum and increment as one action', async () => {
    await addRateVersion(database.ownerUrl, 'metered', 1, { captions: { minutes: '3' } });
    const bought = await account({ credits: '500' });
    unwrap(await hold(bought, 'stream', '300'));
    for (let part = 1; part < 60; part += 1) unwrap(await capture(bought, 'stream', '0.333333333', false));
    unwrap(await capture(bought, 'stream', '0.333333353'));
    expect(await balance(bought)).toMatchObject({ available: '440.000000000', held: '0.000000000' });
  });

  it('expires by itself at the latest when the account is next touched, and still takes one late capture', async () => {
    const bought = await account({ credits: '100' });
    unwrap(await hold(bought, 'late', '60'));
    await advance(HOUR_MS + 1);
    unwrap(await bought.debit('touch', 'images', { images: '1' }));
    expect(await balance(bought)).toMatchObject({ available: '99.000000000', held: '0.000000000' });
    const { entry } = unwrap(await capture(bought, 'late', '40'));
    expect(formatCredits(entry.credits)).toBe('99.000000000');
    expect(entry.unfunded && formatCredits(entry.unfunded)).toBe('21.000000000');
    expect(await capture(bought, 'late', '1')).toMatchObject({ refusal: { code: 'hold-finalized' } });
  });

  it('ends every one of 100 races of capture against release in exactly one way', async () => {
    const bought = await account({ credits: '1000' });
    for (let race = 0; race < 100; race += 1) {
      unwrap(await hold(bought, `race-${race}`, '3'));
      const release = bought.execute({ type: 'release-hold', ...origin(), holdId: `race-${race}` });
      const verdicts = await Promise.all([capture(bought, `race-${race}`, '1'), release]);
      expect(verdicts.filter(({ ok }) => ok)).toHaveLength(1);
    }
    expect(await balance(bought)).toMatchObject({ held: '0.000000000' });
  });
});

describe('the Term', () => {
  it('ends, keeps credits in the grace, and lapses them after it', async () => {
    const bought = await LedgerAccount.open(database.ownerUrl, ledger);
    const today = new Date((await query(database.ownerUrl, "SELECT (clock_timestamp() + offset_ms * interval '1 ms')::text AS t FROM business_clock"))[0]?.['t'] ?? '');
    const end = new Date(today.getTime() + 10 * 24 * HOUR_MS).toISOString().slice(0, 10);
    await bought.buy('standard', ['captions'], [{ credits: '100' }], { termStart: '2020-01-01', termEnd: end });
    await advance(12 * 24 * HOUR_MS);
    expect(await bought.debit('after', 'captions', { minutes: '1' })).toMatchObject({ refusal: { code: 'term-ended' } });
    expect(await balance(bought)).toEqual({ available: '100.000000000', held: '0.000000000', status: 'term_ended' });
    await advance(30 * 24 * HOUR_MS);
    expect(await bought.debit('later', 'captions', { minutes: '1' })).toMatchObject({ refusal: { code: 'term-ended' } });
    expect(await balance(bought)).toEqual({ available: '0.000000000', held: '0.000000000', status: 'term_ended' });
  });
});
