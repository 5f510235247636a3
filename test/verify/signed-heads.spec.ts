import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { pemOf, publicKeysOfPem, signHead, signingKeyOf, type SignedHead } from '../../src/domain/signed-head.js';
import { SignHeads } from '../../src/operations/sign-heads.js';
import { verifyLedger, type VerifyReport } from '../../src/operations/verify-ledger.js';
import { withClient } from '../../src/postgres/connection.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

const FIRST = Buffer.alloc(32, 1);
const SECOND = Buffer.alloc(32, 2);
const STRANGER = Buffer.alloc(32, 3);
const anchor = publicKeysOfPem(pemOf(signingKeyOf(FIRST).publicKey));

let database: FreshDatabase;
let source: DataSource;
let wallNow: number;
let kept: SignedHead;

beforeAll(async () => {
  database = await freshDatabase();
  source = serviceDataSource({ url: database.writerUrl, poolSize: 2, applicationName: 'test', onPoolError: () => undefined });
  await source.initialize();
  wallNow = Date.parse('2026-11-21T09:00:00.000Z');
  const { ledger } = openLedger(database.writerUrl);
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' } });
  for (const id of ['acc-1', 'acc-2']) {
    const account = await LedgerAccount.open(database.ownerUrl, ledger, id);
    await account.buy('standard', ['captions'], [{ credits: '100' }]);
    unwrap(await account.debit('a', 'captions', { minutes: '1' }));
    unwrap(await account.debit('b', 'captions', { minutes: '2' }));
  }
  await ledger.drain();
  kept = await signer(FIRST).onDemand('acc-1');
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

function signer(...seeds: Buffer[]): SignHeads {
  return new SignHeads(source, seeds, () => wallNow);
}

function named(report: VerifyReport): string[] {
  return report.differences.map(({ accountId, at, what }) => `${accountId ?? ''}/${at}: ${what}`);
}

function attack(...statements: string[]): Promise<unknown> {
  return withClient({ url: database.ownerUrl, applicationName: 'test-attacker', settings: { session_replication_role: 'replica' } }, (client) =>
    client.query(statements.join(';')),
  );
}

/** Takes the last debit of acc-1 out of every table that knows of it: nothing inside the database contradicts it. */
async function cutTheTailEverywhere(): Promise<() => Promise<unknown>> {
  const tables = ['entry', 'posting', 'lot', 'account_state', 'signed_head'];
  await attack(...tables.map((table) => `CREATE TABLE kept_${table} AS TABLE ${table}`));
  await attack(
    `UPDATE lot AS l SET available = l.available + p.credits, consumed = l.consumed - p.credits FROM posting AS p
      WHERE l.account_id = 'acc-1' AND p.account_id = 'acc-1' AND p.lot_id = l.lot_id AND p.seq = ${kept.seq}`,
    `DELETE FROM entry WHERE account_id = 'acc-1' AND seq = ${kept.seq}`,
    `DELETE FROM posting WHERE account_id = 'acc-1' AND seq = ${kept.seq}`,
    `UPDATE account_state AS s SET seq = e.seq, head_hash = e.hash, last_recorded_at = e.recorded_at, available = e.available_after, held = e.held_after
       FROM entry AS e WHERE s.account_id = 'acc-1' AND e.account_id = 'acc-1' AND e.seq = ${kept.seq - 1}`,
  );
  return () => attack(...tables.flatMap((table) => [`DELETE FROM ${table}`, `INSERT INTO ${table} TABLE kept_${table}`, `DROP TABLE kept_${table}`]));
}

describe('signed heads', () => {
  it('are the same for the same chain, and can be checked with nothing but the public key', async () => {
    expect(await signer(FIRST).onDemand('acc-1')).toEqual(kept);
    const report = await verifyLedger({ readerUrl: database.readerUrl, anchors: anchor, keptHeads: [kept] });
    expect(report.differences).toEqual([]);
    expect(report).toMatchObject({ signedHeads: 1, unsigned: { accounts: 1, entries: 6 } });
    expect(report.unsigned.oldestMs).toBeLessThan(120_000);
  });

  it('are made of every head that moved, once, and then nothing waits for a signature', async () => {
    expect(await signer(FIRST).run()).toBe(1);
    expect(await signer(FIRST).run()).toBe(0);
    const report = await verifyLedger({ readerUrl: database.readerUrl });
    expect(report).toMatchObject({ differenceCount: 0, signedHeads: 2, unsigned: { accounts: 0, entries: 0, oldestMs: null } });
  });

  it('find a tail that was cut off consistently everywhere', async () => {
    const restore = await cutTheTailEverywhere();
    try {
      const found = await verifyLedger({ readerUrl: database.readerUrl });
      expect(named(found)).toEqual([`acc-1/signed head of entry ${kept.seq}: entry`]);
      // Without the signed head nothing inside the database would tell.
      await attack(`DELETE FROM signed_head WHERE account_id = 'acc-1'`);
      expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
      const fromOutside = await verifyLedger({ readerUrl: database.readerUrl, anchors: anchor, keptHeads: [kept] });
      expect(named(fromOutside)).toEqual([`acc-1/signed head of entry ${kept.seq}: entry`]);
    } finally {
      await restore();
    }
    expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
  });

  it('find an account that was removed as a whole, where one of them was kept outside', async () => {
    const gone = signHead({ accountId: 'acc-gone', seq: 3, hash: 'ab'.repeat(32), signedAt: wallNow }, signingKeyOf(FIRST));
    const report = await verifyLedger({ readerUrl: database.readerUrl, keptHeads: [gone] });
    expect(named(report)).toEqual(['acc-gone/signed head of entry 3: entry']);
  });

  it('count only with a signature of theirs', async () => {
    for (const change of [{ hash: 'ab'.repeat(32) }, { seq: kept.seq - 1 }, { signedAt: kept.signedAt + 1 }, { accountId: 'acc-2' }, { signature: 'AAAA' }]) {
      const report = await verifyLedger({ readerUrl: database.readerUrl, keptHeads: [{ ...kept, ...change }] });
      expect(named(report)).toEqual([expect.stringMatching(/signed head of entry \d+: signature$/)]);
    }
  });

  it('go over to the next key, which the one before vouches for', async () => {
    await signer(SECOND, FIRST).onDemand('acc-2');
    const known = (await query(database.readerUrl, 'SELECT key_id FROM signing_key')).map((row) => row['key_id']);
    expect(new Set(known)).toEqual(new Set([FIRST, SECOND].map((seed) => signingKeyOf(seed).keyId)));
    const head = signHead({ accountId: 'acc-1', seq: kept.seq, hash: kept.hash, signedAt: wallNow }, signingKeyOf(SECOND));
    expect((await verifyLedger({ readerUrl: database.readerUrl, anchors: anchor, keptHeads: [head] })).differences).toEqual([]);
  });

  it('of a stranger are believed by nobody who brought the key along', async () => {
    const forged = signHead({ accountId: 'acc-1', seq: kept.seq, hash: kept.hash, signedAt: wallNow }, signingKeyOf(STRANGER));
    const { keyId, publicKey } = signingKeyOf(STRANGER);
    await attack(`INSERT INTO signing_key (key_id, public_key, introduced_at) VALUES ('${keyId}', '\\x${publicKey}', now())`);
    expect(named(await verifyLedger({ readerUrl: database.readerUrl, anchors: anchor, keptHeads: [forged] }))).toEqual([
      `acc-1/signed head of entry ${kept.seq}: signing key`,
    ]);
    await attack(`DELETE FROM signing_key WHERE key_id = '${keyId}'`);
    expect(createPublicKey(pemOf(publicKey)).asymmetricKeyType).toBe('ed25519');
  });

  it('are of accounts with entries only', async () => {
    await expect(signer(FIRST).onDemand('acc-none')).rejects.toMatchObject({ refusal: { code: 'account-not-found' } });
  });
});
