import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ledger } from '../../src/ledger/ledger.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;
let accounts: LedgerAccount[];

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' } });
  accounts = [];
  for (let i = 0; i < 3; i += 1) {
    const account = await LedgerAccount.open(database.ownerUrl, ledger, `acc-${i}`);
    await account.buy('standard', ['captions'], Array.from({ length: 4 }, () => ({ credits: '5000' })));
    accounts.push(account);
  }
});
afterAll(async () => {
  await ledger.drain();
  await database.drop();
});

function verifyCommand(env: Record<string, string>): { status: number | null; output: string; errors: string } {
  const command = path.resolve(import.meta.dirname, '../../dist/src/cli/verify.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [command], { env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8' });
  return { status, output: stdout, errors: stderr };
}

describe('the verifier beside a running service', () => {
  it('finds nothing while debits go on, over several pages of entries', async () => {
    let going = true;
    let sent = 0;
    const senders = accounts.map(async (account) => {
      while (going) {
        const batch = Array.from({ length: 100 }, () => account.debit(`key-${(sent += 1)}`, 'captions', { minutes: '0.1' }));
        for (const verdict of await Promise.all(batch)) unwrap(verdict);
        // Without a rest the ledger would grow as fast as it is read.
        await sleep(50);
      }
    });
    const reports = [];
    for (let run = 0; run < 3; run += 1) reports.push(await verifyLedger({ readerUrl: database.readerUrl }));
    while (sent < 6_600) await sleep(20);
    going = false;
    await Promise.all(senders);
    reports.push(await verifyLedger({ readerUrl: database.readerUrl }));
    expect(reports.flatMap(({ differences }) => differences)).toEqual([]);
    expect(reports.at(-1)?.postings).toBeGreaterThanOrEqual(6_600);
  }, 180_000);

  it('ends with one plain line and exit code 0', () => {
    const { status, output } = verifyCommand({ DATABASE_READER_URL: database.readerUrl });
    expect(output.trimEnd().split('\n').at(-1)).toMatch(/^verified: \d+ entries in 3 accounts, 0 differences$/);
    expect(status).toBe(0);
  });

  it('names a difference on a line of its own, with exit code 1', async () => {
    await query(database.ownerUrl, `UPDATE account_state SET available = available + 1 WHERE account_id = 'acc-1'`);
    const { status, output } = verifyCommand({ DATABASE_READER_URL: database.readerUrl });
    await query(database.ownerUrl, `UPDATE account_state SET available = available - 1 WHERE account_id = 'acc-1'`);
    expect(output).toMatch(/^difference: account acc-1, account: available credits, .*: expected \d+\.\d{9}, found \d+\.\d{9}$/m);
    expect(output.trimEnd()).toMatch(/verified: \d+ entries in 3 accounts, 2 differences$/);
    expect(status).toBe(1);
  });

  it('says why when it could not run, with exit code 2', () => {
    const { status, errors } = verifyCommand({ DATABASE_READER_URL: 'postgres://nobody@127.0.0.1:1/none' });
    expect(errors).toMatch(/^The verification could not run: .+/);
    expect(status).toBe(2);
  });
});
