import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatCredits } from '../../src/domain/credits.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' } });
});
afterAll(async () => {
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
  await ledger.drain();
  await database.drop();
});

async function account(): Promise<LedgerAccount> {
  const opened = await LedgerAccount.open(database.ownerUrl, ledger);
  await opened.buy('standard', ['captions'], [{ credits: '100' }]);
  return opened;
}

async function available(of: LedgerAccount): Promise<string | null | undefined> {
  return (await query(database.ownerUrl, 'SELECT available FROM account_state WHERE account_id = $1', [of.accountId]))[0]?.['available'];
}

describe('reversals (SPEC 12)', () => {
  it('of one debit give back no more than it took, also when several are settled in one batch', async () => {
    const bought = await account();
    const { entry } = unwrap(await bought.debit('used', 'captions', { minutes: '10' }));
    const verdicts = await Promise.all(['0.25', '0.5', '0.5', '0.25', '0.1'].map((share, i) => bought.reverse(`part-${i}`, entry.seq, share)));
    expect(verdicts.map((verdict) => (verdict.ok ? formatCredits(verdict.entry.credits) : verdict.refusal.code))).toEqual([
      '7.500000000',
      '15.000000000',
      'reversal-exceeds-debit',
      '7.500000000',
      'reversal-exceeds-debit',
    ]);
    expect(await available(bought)).toBe('100.000000000');
  });

  it('find a capture that the same batch booked', async () => {
    const bought = await account();
    const { entry } = unwrap(await bought.hold('hold', 'work', '30'));
    const [capture, reversal] = await Promise.all([bought.capture('capture', 'work', { minutes: '5' }), bought.reverse('undo', entry.seq + 1)]);
    expect([formatCredits(unwrap(capture).entry.credits), formatCredits(unwrap(reversal).entry.credits)]).toEqual(['15.000000000', '15.000000000']);
    expect(await available(bought)).toBe('100.000000000');
  });

  it('of a capture that took from one lot twice take its newest leg first, step by step', async () => {
    const bought = await account();
    unwrap(await bought.hold('hold', 'work', '6'));
    const { entry } = unwrap(await bought.capture('capture', 'work', { minutes: '4' }));
    expect(entry.postings.map(({ from, credits }) => [from, formatCredits(credits)])).toEqual([['held', '6.000000000'], ['available', '6.000000000']]);
    const steps = [];
    for (const [i, share] of ['0.25', '0.5', null].entries()) {
      const { entry: reversal } = unwrap(await bought.reverse(`step-${i}`, entry.seq, share));
      steps.push(reversal.postings.map(({ credits }) => formatCredits(credits)));
    }
    expect(steps).toEqual([['3.000000000'], ['3.000000000', '3.000000000'], ['3.000000000']]);
    expect(await available(bought)).toBe('100.000000000');
  });
});
