import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { EVENT_TYPES, ROUTED_TO_ALL, eventId, type EventDraft } from '../../src/domain/event.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { appendEvent } from '../../src/postgres/catalogue/append-event.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;
let dataSource: DataSource;

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
  dataSource = serviceDataSource({ url: database.writerUrl, poolSize: 8, applicationName: 'test', onPoolError: () => undefined });
  await dataSource.initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await ledger.drain();
  await database.drop();
});

const bounced: EventDraft = {
  type: 'contact.bounced',
  ruleId: null,
  route: ROUTED_TO_ALL,
  data: { contactId: 'contact-1', bouncedAt: '2026-11-21T08:00:00.000Z', status: 550 },
};
const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('an event that no entry causes', () => {
  it('stands behind the last entry of its account, and many at once get a place each', async () => {
    const account = await LedgerAccount.open(database.ownerUrl, ledger);
    await account.buy('card', ['images'], [{ credits: '5' }]);
    const { entry } = unwrap(await account.debit('debit', 'images', { images: '1' }));
    const events = await Promise.all(
      Array.from({ length: 8 }, () => dataSource.transaction((manager) => appendEvent(manager, account.accountId, bounced))),
    );
    const stored = await query(
      database.readerUrl,
      `SELECT seq, ordinal, id, licensee_id, type, body, published_at FROM outbox WHERE account_id = $1 AND type = 'contact.bounced' ORDER BY seq, ordinal`,
      [account.accountId],
    );
    expect(stored).toHaveLength(8);
    expect(new Set(stored.map(({ seq }) => Number(seq)))).toEqual(new Set([entry.seq]));
    const ordinals = stored.map(({ ordinal }) => Number(ordinal));
    expect(new Set(ordinals).size).toBe(8);
    for (const row of stored) {
      expect(row['id']).toMatch(V7);
      expect(row).toMatchObject({ licensee_id: 'licensee', published_at: null });
      expect(row['body']).toEqual(events.find(({ id }) => id === row['id']));
    }
    // The ledger goes on, and its next entry comes after them.
    expect(unwrap(await account.debit('next', 'images', { images: '1' })).entry.seq).toBe(entry.seq + 1);
  });

  it('is not there when its cause is not', async () => {
    const account = await LedgerAccount.open(database.ownerUrl, ledger);
    const cause = dataSource.transaction(async (manager) => {
      await appendEvent(manager, account.accountId, bounced);
      throw new Error('the cause failed');
    });
    await expect(cause).rejects.toThrow('the cause failed');
    expect(await query(database.readerUrl, 'SELECT 1 FROM outbox WHERE account_id = $1', [account.accountId])).toEqual([]);
  });

  it('is on record as it was written: the service can neither change nor remove it', async () => {
    const denied = { code: '42501' };
    await expect(query(database.writerUrl, `UPDATE outbox SET body = '{}'`)).rejects.toMatchObject(denied);
    await expect(query(database.writerUrl, `UPDATE outbox SET type = 'other'`)).rejects.toMatchObject(denied);
    await expect(query(database.writerUrl, 'DELETE FROM outbox')).rejects.toMatchObject(denied);
    await expect(query(database.writerUrl, 'DELETE FROM delivery')).rejects.toMatchObject(denied);
  });
});

describe('the id of an event', () => {
  it('is made of its place, and begins with its time', () => {
    const at = Date.UTC(2026, 10, 21);
    const ids = [eventId('a', 1, 0, at), eventId('a', 1, 1, at), eventId('a', 2, 0, at), eventId('b', 1, 0, at), eventId('a', 11, 0, at)];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(V7);
    expect(eventId('a', 1, 0, at)).toBe(ids[0]);
    expect(Number.parseInt((ids[0] as string).replaceAll('-', '').slice(0, 12), 16)).toBe(at);
    expect(eventId('a', 1, 0, at + 1) > (ids[0] as string)).toBe(true);
  });

  it('belongs to one of a closed list of types', () => {
    expect(new Set(EVENT_TYPES).size).toBe(EVENT_TYPES.length);
  });
});
