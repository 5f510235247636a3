import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from '../../src/domain/command.js';
import { metadataHash } from '../../src/domain/hash-chain.js';
import { PipelinedConnection } from '../../src/ledger/connection.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { WatchedConnection } from '../support/ledger-connections.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
});
afterAll(() => database.drop());

async function settingOf(connection: PipelinedConnection, name: string): Promise<string | null | undefined> {
  return (await connection.run({ name: `show-${name}`, text: `SELECT current_setting('${name}')` }))[0]?.[0];
}

describe('every connection of the ledger', () => {
  it('is opened in one place', () => {
    const directory = path.resolve(import.meta.dirname, '../../src/ledger');
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const opening = files.filter((file) => /from 'pg'|from 'typeorm'|postgres\/connection/.test(readFileSync(path.join(directory, file), 'utf8')));
    expect(opening).toEqual(['connection.ts']);
  });

  it('waits for no lock, no statement and no client for ever', async () => {
    const connection = await PipelinedConnection.open(database.writerUrl, 'test-watched');
    expect(await settingOf(connection, 'lock_timeout')).toBe('2s');
    expect(await settingOf(connection, 'statement_timeout')).toBe('10s');
    expect(await settingOf(connection, 'idle_in_transaction_session_timeout')).toBe('10s');
    await connection.close();
  });

  it('commits durably and plans without sequential scans, whatever server, database and role say', async () => {
    await query(
      database.ownerUrl,
      `DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
        EXECUTE format('ALTER ROLE credits_writer IN DATABASE %I SET synchronous_commit = off', current_database());
        EXECUTE format('ALTER ROLE credits_writer IN DATABASE %I SET enable_seqscan = on', current_database());
      END $$`,
    );
    const connection = await PipelinedConnection.open(database.writerUrl, 'test-watched');
    expect(await settingOf(connection, 'synchronous_commit')).toBe('on');
    expect(await settingOf(connection, 'enable_seqscan')).toBe('off');
    await connection.close();
  });

  it('tells a COMMIT that kept nothing from one that did: pipelined behind a failed statement, it succeeds with another tag', async () => {
    const connection = await PipelinedConnection.open(database.writerUrl, 'test-watched');
    const [begin, failed, commit] = await Promise.allSettled([
      connection.command('BEGIN'),
      connection.run({ name: 'fails', text: 'SELECT 1 / 0' }),
      connection.command('COMMIT'),
    ]);
    await connection.close();
    expect(begin).toEqual({ status: 'fulfilled', value: 'BEGIN' });
    expect(failed.status).toBe('rejected');
    expect(commit).toEqual({ status: 'fulfilled', value: 'ROLLBACK' });
  });
});

describe('a transaction of the ledger', () => {
  it('locks, then reads, and touches no queue: whatever the command, nothing is notified or enqueued', async () => {
    const connection = await WatchedConnection.open(database.writerUrl);
    const ledger = {
      execute: async (command: Command) => {
        const [settled] = await connection.settle([command]);
        if (settled === undefined || typeof settled === 'string') throw new Error('not free');
        return settled;
      },
    };
    const account = (await LedgerAccount.open(database.ownerUrl, ledger as Ledger)).through(ledger);
    await account.buy('card', ['images'], [{ credits: '10' }]);
    unwrap(await account.grant('grant', '5'));
    connection.sent.length = 0;
    const metadata = { salt: 'salt', text: '{}', hash: metadataHash('salt', '{}') };
    const { entry } = unwrap(await account.debit('debit', 'images', { images: '1' }, { metadata }));
    expect(connection.sent.slice(0, 5)).toEqual(['BEGIN', 'lock-accounts', 'business-time', 'find-keys', 'load-open-lots']);
    expect(connection.sent.at(-1)).toBe('COMMIT');
    expect(connection.sent.filter((name) => name === 'COMMIT')).toHaveLength(1);
    unwrap(await account.reverse('reverse', entry.seq));
    unwrap(await account.debit('debit', 'images', { images: '1' }, { metadata }));
    await connection.close();

    // One statement that both waited for the lock and read a lot would return the lot as it was before the wait.
    expect(connection.texts.get('lock-accounts')).not.toMatch(/\b(lot|entry|posting)\b/);
    expect(connection.texts.size).toBeGreaterThan(15);
    expect([...connection.texts.values()].filter((text) => /notify|listen|bullmq|pg_advisory/i.test(text))).toEqual([]);
    const functions = await query(
      database.ownerUrl,
      `SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'credits' AND prosrc ~* 'notify'`,
    );
    expect(functions).toEqual([]);
  });

  it('sees the same key twice among its own commands, and books it in the first attempt', async () => {
    const connection = await WatchedConnection.open(database.writerUrl);
    const { ledger } = openLedger(database.writerUrl, { lanes: 1 });
    const account = await LedgerAccount.open(database.ownerUrl, ledger);
    await account.buy('card', ['images'], [{ credits: '10' }]);
    const commands: Command[] = [];
    const collect = { execute: (command: Command) => (commands.push(command), ledger.execute(command)) };
    const collecting = account.through(collect);
    unwrap(await collecting.debit('earlier', 'images', { images: '1' }));
    await ledger.drain();
    const [earlier] = commands as [Command];
    const twin = { ...earlier, keyDigest: '0'.repeat(32) };
    const settled = await connection.settle([twin, earlier, twin, { ...twin, fingerprint: '1'.repeat(32) }]);
    await connection.close();
    const outcome = settled.map((each) => (typeof each === 'string' ? each : each.ok ? [each.entry.seq, each.replayed] : each.refusal.code));
    expect(outcome).toEqual([[6, false], [5, true], [6, true], 'idempotency-key-reused']);
    expect(connection.sent.filter((name) => name === 'COMMIT')).toHaveLength(1);
  });

  it('is as durable on a database that forgets by default: the session is asked while it commits', async () => {
    const { ledger } = openLedger(database.writerUrl, { lanes: 1 });
    const account = await LedgerAccount.open(database.ownerUrl, ledger);
    await query(
      database.ownerUrl,
      `CREATE TABLE credits.seen (synchronous_commit text); GRANT INSERT ON credits.seen TO credits_writer;
       CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO credits.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
       CREATE TRIGGER see AFTER INSERT ON entry FOR EACH STATEMENT EXECUTE FUNCTION see()`,
    );
    await account.buy('card', ['images'], [{ credits: '10' }]);
    unwrap(await account.debit('debit', 'images', { images: '1' }));
    await ledger.drain();
    await query(database.ownerUrl, 'DROP TRIGGER see ON entry');
    expect(await query(database.ownerUrl, 'SELECT DISTINCT synchronous_commit FROM credits.seen')).toEqual([{ synchronous_commit: 'on' }]);
  });
});
