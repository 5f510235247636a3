import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatCredits } from '../../src/domain/credits.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;
let failures: unknown[];

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger, failures } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' } });
  await addRateVersion(database.ownerUrl, 'standard', 2, { captions: { minutes: '4' } });
});
afterAll(async () => {
  await ledger.drain();
  await database.drop();
});

async function account(...lots: { credits: string; rateVersion?: number }[]): Promise<LedgerAccount> {
  const opened = await LedgerAccount.open(database.ownerUrl, ledger);
  await opened.buy('standard', ['captions'], lots);
  return opened;
}

async function stateOf(accountId: string): Promise<Record<string, string | null>> {
  const [state] = await query(database.ownerUrl, 'SELECT seq, available, held, status FROM account_state WHERE account_id = $1', [accountId]);
  return state ?? {};
}

describe('the write path', () => {
  it('prices one action over two lots, each part at the rates its own lot was bought at (SPEC 4)', async () => {
    const bought = await account({ credits: '5', rateVersion: 1 }, { credits: '100', rateVersion: 2 });
    const { entry } = unwrap(await bought.debit('two-minutes', 'captions', { minutes: '2' }));
    expect(entry.postings.map(({ credits }) => formatCredits(credits))).toEqual(['5.000000000', '1.333333333']);
    expect(formatCredits(entry.credits)).toBe('6.333333333');
    expect(formatCredits(entry.availableAfter)).toBe('98.666666667');
    expect(failures).toEqual([]);
  });

  it('answers the same key with the original entry, and refuses it for another request', async () => {
    const bought = await account({ credits: '100' });
    const first = unwrap(await bought.debit('once', 'captions', { minutes: '1' }));
    const again = unwrap(await bought.debit('once', 'captions', { minutes: '1' }));
    expect(again).toEqual({ ok: true, replayed: true, entry: first.entry });
    expect(await bought.debit('once', 'captions', { minutes: '2' })).toMatchObject({ ok: false, refusal: { code: 'idempotency-key-reused' } });
    expect((await stateOf(bought.accountId))['available']).toBe('97.000000000');
  });

  it('gives one key twice in one batch one entry', async () => {
    const bought = await account({ credits: '100' });
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => bought.debit('same', 'captions', { minutes: '1' })));
    const entries = verdicts.map((verdict) => unwrap(verdict));
    expect(new Set(entries.map(({ entry }) => entry.seq)).size).toBe(1);
    expect(entries.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  it('answers a booked key that comes many times in one batch with the original entry each time', async () => {
    const bought = await account({ credits: '5', rateVersion: 1 }, { credits: '100', rateVersion: 2 });
    const { entry } = unwrap(await bought.debit('same', 'captions', { minutes: '2' }));
    const verdicts = await Promise.all(Array.from({ length: 40 }, () => bought.debit('same', 'captions', { minutes: '2' })));
    expect(verdicts).toEqual(verdicts.map(() => ({ ok: true, replayed: true, entry })));
  });

  it('accepts exactly what 500 concurrent debits of 1 can take from 437, and suspends once', async () => {
    await addRateVersion(database.ownerUrl, 'unit', 1, { images: { images: '1' } });
    const bought = await LedgerAccount.open(database.ownerUrl, ledger);
    await bought.buy('unit', ['images'], [{ credits: '437' }]);
    const verdicts = await Promise.all(Array.from({ length: 500 }, (_, i) => bought.debit(`d${i}`, 'images', { images: '1' })));
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(437);
    const state = await stateOf(bought.accountId);
    expect(state).toMatchObject({ available: '0.000000000', status: 'suspended' });
    const changes = await query(database.ownerUrl, "SELECT detail ->> 'to' AS to FROM entry WHERE account_id = $1 AND type = 'status'", [bought.accountId]);
    expect(changes).toEqual([{ to: 'suspended' }]);
  });

  it('gives back a debit in parts, newest leg first, never more than was taken', async () => {
    const bought = await account({ credits: '5', rateVersion: 1 }, { credits: '100', rateVersion: 2 });
    const { entry } = unwrap(await bought.debit('taken', 'captions', { minutes: '2' }));
    const half = unwrap(await bought.reverse('half', entry.seq, '0.5'));
    const rest = unwrap(await bought.reverse('rest', entry.seq));
    expect(formatCredits(half.entry.credits.add(rest.entry.credits))).toBe('6.333333333');
    expect(await bought.reverse('again', entry.seq)).toMatchObject({ ok: false, refusal: { code: 'reversal-exceeds-debit' } });
    expect((await stateOf(bought.accountId))['available']).toBe('105.000000000');
  });
});
