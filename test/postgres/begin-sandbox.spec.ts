import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { beginSandbox } from '../../src/postgres/begin-sandbox.js';
import { withClient } from '../../src/postgres/connection.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

const DAY_MS = 86_400_000;
const key = () => ({ keyId: 'first-operator', secretHmac: randomBytes(32), label: 'test' });

let database: FreshDatabase;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.drop());

const ask = async <Row extends object>(url: string, sql: string): Promise<Row[]> =>
  withClient({ url, applicationName: 'test' }, async (client) => (await client.query<Row>(sql)).rows);
const offset = async (): Promise<number> => {
  const [row] = await ask<{ offset_ms: string }>(database.readerUrl, 'SELECT offset_ms FROM business_clock');
  return Number(row?.offset_ms);
};

test('an empty database gets its first key, and a clock that begins in the past', async () => {
  const first = key();
  expect(await beginSandbox(database.ownerUrl, first, 60)).toBe('begun');
  expect(await offset()).toBe(-60 * DAY_MS);
  expect(await ask(database.ownerUrl, 'SELECT key_id, scopes, account_id, secret_hmac FROM api_key')).toEqual([
    { key_id: 'first-operator', scopes: ['operator'], account_id: null, secret_hmac: first.secretHmac },
  ]);
});

test('once begun, it is known by its key, and its clock is left alone', async () => {
  const first = key();
  await beginSandbox(database.ownerUrl, first, 60);
  await ask(database.writerUrl, 'UPDATE business_clock SET offset_ms = 0');
  expect(await beginSandbox(database.ownerUrl, first, 60)).toBe('known');
  expect(await beginSandbox(database.ownerUrl, key(), 60)).toBe('foreign');
  expect(await offset()).toBe(0);
});

test('a database that has been in use is not touched', async () => {
  await ask(database.writerUrl, "INSERT INTO licensee (licensee_id, legal_name, created_at) VALUES ('someone', 'Someone Ltd', now())");
  expect(await beginSandbox(database.ownerUrl, key(), 60)).toBe('foreign');
  expect(await offset()).toBe(0);
  expect(await ask(database.ownerUrl, 'SELECT FROM api_key')).toEqual([]);
});

test('of two first starts at the same time, one begins', async () => {
  const beginnings = await Promise.all([beginSandbox(database.ownerUrl, key(), 60), beginSandbox(database.ownerUrl, key(), 60)]);
  expect(beginnings.sort()).toEqual(['begun', 'foreign']);
});

test('the service can only advance the clock, never set it back', async () => {
  await beginSandbox(database.ownerUrl, key(), 60);
  await expect(ask(database.writerUrl, 'UPDATE business_clock SET offset_ms = offset_ms - 1')).rejects.toThrow('business time only advances');
  await expect(ask(database.writerUrl, 'DELETE FROM business_clock')).rejects.toThrow('permission denied');
  await expect(ask(database.writerUrl, 'INSERT INTO business_clock (offset_ms) VALUES (0)')).rejects.toThrow('permission denied');
});
