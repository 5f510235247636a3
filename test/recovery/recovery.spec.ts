import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Ledger } from '../../src/ledger/ledger.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { RecoverablePostgres } from '../support/recoverable-postgres.js';
import { SeededRandom } from '../support/seeded-random.js';

const CALLERS = 8;

interface Acknowledged {
  readonly key: string;
  readonly seq: number;
  readonly hash: string;
}

let primary: RecoverablePostgres;
let second: RecoverablePostgres | null;
let ledger: Ledger;
let account: LedgerAccount;
let acknowledged: Acknowledged[];
let going: boolean;

beforeEach(async () => {
  second = null;
  acknowledged = [];
  going = true;
  primary = await RecoverablePostgres.start();
  await addRateVersion(primary.ownerUrl, 'card', 1, { images: { images: '1' } });
  ({ ledger } = openLedger(primary.writerUrl, { lanes: 1, patienceMs: 2_000 }));
  account = await LedgerAccount.open(primary.ownerUrl, ledger);
  await account.buy('card', ['images'], [{ credits: '1000000' }]);
}, 300_000);
afterEach(async () => {
  going = false;
  await ledger.drain();
  for (const postgres of [primary, second]) postgres?.stop();
  primary.dispose();
});

/** Debits, one after another for each caller, until it is told to stop; notes what was acknowledged. */
function load(): Promise<unknown> {
  return Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let n = 0; going; n += 1) {
        const key = `c${String(caller)}-${String(n)}`;
        const verdict = await account.debit(key, 'images', { images: '1' });
        if (verdict.ok) acknowledged.push({ key, seq: verdict.entry.seq, hash: verdict.entry.hash });
        await sleep(2);
      }
    }),
  );
}

async function enough(more: number): Promise<void> {
  const target = acknowledged.length + more;
  while (acknowledged.length < target) await sleep(5);
}

/** What is on record, by number. */
async function entriesIn(postgres: RecoverablePostgres): Promise<Map<number, string>> {
  const rows = await query(postgres.ownerUrl, `SELECT seq, encode(hash, 'hex') AS hash FROM entry WHERE account_id = $1`, [account.accountId]);
  return new Map(rows.map(({ seq, hash }) => [Number(seq), String(hash)]));
}

it('a backup under load and the archived log restore any moment: all that was acknowledged by then, and a ledger that is whole', async () => {
  const loading = load();
  await enough(100);
  await primary.backUp('restored');
  await enough(new SeededRandom(Number(process.env['RECOVERY_SEED'] ?? 5)).whole(50, 400));
  // Acknowledged before the position was asked for, so committed before it.
  const before = [...acknowledged];
  const [row] = await query(primary.ownerUrl, 'SELECT pg_current_wal_flush_lsn() AS lsn');
  await enough(100);
  going = false;
  await loading;
  await primary.archived();

  second = await primary.restore('restored', String(row?.['lsn']));
  const restored = await entriesIn(second);
  expect(before.filter(({ seq, hash }) => restored.get(seq) !== hash)).toEqual([]);
  // It is the moment that was asked for, and not the end.
  expect(restored.size).toBeLessThan((await entriesIn(primary)).size);
  expect((await verifyLedger({ readerUrl: second.readerUrl })).differences).toEqual([]);

  // Clients that send again what they were told book it again where it is gone, and find it where it is not.
  const again = openLedger(second.writerUrl, { lanes: 1 });
  const theirs = new LedgerAccount(account.accountId, again.ledger);
  for (const { key, seq } of acknowledged.slice(-150)) {
    expect([key, unwrap(await theirs.debit(key, 'images', { images: '1' })).replayed]).toEqual([key, restored.has(seq)]);
  }
  await again.ledger.drain();
  expect((await verifyLedger({ readerUrl: second.readerUrl })).differences).toEqual([]);
}, 600_000);

it('a standby that every commit waits for loses nothing that was acknowledged when the primary is killed under load', async () => {
  await primary.backUp('standby');
  second = await primary.standBy('standby');
  const loading = load();
  await enough(300);
  primary.kill();
  await second.promote();
  going = false;
  await loading;
  const kept = await entriesIn(second);
  expect(acknowledged.filter(({ seq, hash }) => kept.get(seq) !== hash)).toEqual([]);
  expect((await verifyLedger({ readerUrl: second.readerUrl })).differences).toEqual([]);

  const again = openLedger(second.writerUrl, { lanes: 1 });
  const theirs = new LedgerAccount(account.accountId, again.ledger);
  for (const { key } of acknowledged.slice(-50)) expect(unwrap(await theirs.debit(key, 'images', { images: '1' })).replayed).toBe(true);
  expect(unwrap(await theirs.debit('afterwards', 'images', { images: '1' })).replayed).toBe(false);
  await again.ledger.drain();
  expect((await verifyLedger({ readerUrl: second.readerUrl })).differences).toEqual([]);
}, 600_000);
