import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Debit } from '../../src/domain/command.js';
import { amount } from '../../src/domain/credits.js';
import type { Ledger } from '../../src/ledger/ledger.js';
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
  await ledger.drain();
  await database.drop();
});

function quoteOf(of: LedgerAccount, minutes: string): Parameters<Ledger['quoteDebit']>[0] {
  const nobody = { actor: 'key:test', keyDigest: '', fingerprint: '', endUser: null, metadata: null, occurredAt: null };
  return { type: 'debit', accountId: of.accountId, mode: 'authorize', feature: 'captions', usage: [{ meter: 'minutes', quantity: amount(minutes) }], ...nobody } satisfies Debit;
}

async function account(credits: string): Promise<LedgerAccount> {
  const opened = await LedgerAccount.open(database.ownerUrl, ledger);
  await opened.buy('standard', ['captions'], [{ credits }]);
  return opened;
}

const entriesOf = async (of: LedgerAccount): Promise<unknown> =>
  (await query(database.ownerUrl, 'SELECT count(*) AS n FROM entry WHERE account_id = $1', [of.accountId]))[0]?.['n'];

describe('a quote', () => {
  it('says what the next debit would get, after what is due by then, and writes none of it', async () => {
    const bought = await account('30');
    unwrap(await bought.hold('hold', 'work', '30'));
    expect(await ledger.quoteDebit(quoteOf(bought, '10'))).toMatchObject({ code: 'insufficient-credits' });
    await query(database.ownerUrl, 'UPDATE business_clock SET offset_ms = offset_ms + 3600001');
    const before = await entriesOf(bought);
    expect(await ledger.quoteDebit(quoteOf(bought, '10'))).toHaveProperty('admitted');
    expect(await entriesOf(bought)).toBe(before);
    unwrap(await bought.debit('used', 'captions', { minutes: '10' }));
  });

  it('refuses what a closed account refuses', async () => {
    const bought = await account('30');
    unwrap(await bought.execute({ type: 'close', keyDigest: 'c'.repeat(32), fingerprint: 'c'.repeat(32), actor: 'key:test', reason: 'merged' }));
    expect(await ledger.quoteDebit(quoteOf(bought, '1'))).toMatchObject({ code: 'account-closed' });
  });
});
