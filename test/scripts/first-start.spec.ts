import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { withClient } from '../../src/postgres/connection.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { SupervisedService } from '../support/supervised-service.js';

jest.setTimeout(240_000);

const DAY_MS = 86_400_000;

let dataDir: string;
let database: FreshDatabase;
let running: SupervisedService;

const start = async (): Promise<void> => {
  running = await SupervisedService.start(dataDir, { DATABASE_URL: database.ownerUrl, SANDBOX: 'true', LOG_LEVEL: 'warn' });
  await running.until(() => running.output.includes('Stop it with Ctrl-C'), 'welcoming');
};
const stop = async (): Promise<void> => {
  running.signal('SIGTERM');
  await running.exit();
};

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'credits-first-'));
  database = await freshDatabase();
  await start();
});

afterAll(async () => {
  await stop();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The commands of the first screen, from the start of a line to the end of its continuations. */
const commands = (): [string, string] => {
  const [debit = '', balance = ''] = running.output.match(/^curl (?:.*\\\n)*.*$/gm) ?? [];
  return [debit, balance];
};
/** As a person pastes it. */
const paste = async (command: string): Promise<string> => (await promisify(execFile)('bash', ['-c', command])).stdout;

interface Answer {
  readonly entry: { readonly seq: number; readonly credits: string };
}

test('the first screen has a debit that works as pasted, and books once when it is pasted twice', async () => {
  const [debit, balance] = commands();
  const first = JSON.parse(await paste(debit)) as Answer;
  expect(first).toMatchObject({ entry: { type: 'debit', credits: '0.390000000' }, balance: { available: '2999.610000000' } });
  expect(await paste(`${debit} -i`)).toContain('idempotency-replayed: true');
  expect(JSON.parse(await paste(debit))).toEqual(first);
  expect(JSON.parse(await paste(balance))).toMatchObject({ balance: '2999.610000000', seq: first.entry.seq });
});

test('the demo account has two lots, at the rates that were in force when each was bought', async () => {
  const lots = await withClient({ url: database.readerUrl, applicationName: 'test' }, async (client) => {
    const { rows } = await client.query("SELECT rate_version, issued::text FROM lot WHERE account_id = 'demo' ORDER BY lot_id");
    return rows as unknown;
  });
  expect(lots).toEqual([
    { rate_version: 'demo-card@1', issued: '1000.000000000' },
    { rate_version: 'demo-card@2', issued: '2000.000000000' },
  ]);
});

test('its history lies in the past, and business time has come back to the present', async () => {
  const { rows } = await withClient({ url: database.readerUrl, applicationName: 'test' }, (client) =>
    client.query<{ offset_ms: string; first: Date }>(
      "SELECT offset_ms, (SELECT recorded_at FROM entry WHERE account_id = 'demo' AND seq = 1) AS first FROM business_clock",
    ),
  );
  const [found] = rows;
  expect(Number(found?.offset_ms)).toBeLessThanOrEqual(0);
  expect(Number(found?.offset_ms)).toBeGreaterThan(-60_000);
  expect(Date.now() - Number(found?.first)).toBeGreaterThan(59 * DAY_MS);
});

test('secrets are kept beside the data, for its user only, and a later start shows the same key and does nothing again', async () => {
  const file = path.join(dataDir, 'sandbox-keys.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const keys = readFileSync(file, 'utf8');
  const entries = async (): Promise<unknown> =>
    withClient({ url: database.readerUrl, applicationName: 'test' }, async (client) => (await client.query('SELECT count(*) FROM entry')).rows as unknown);
  const before = await entries();
  const [, balance] = commands();
  const bearer = /Bearer (kac_[\w-]+)/.exec(balance)?.[1] ?? '';
  await stop();
  await start();
  expect(running.output).toContain(bearer);
  expect(readFileSync(file, 'utf8')).toBe(keys);
  expect(await entries()).toEqual(before);
});

test('killed in the middle of its first story, the next start tells it to the end', async () => {
  const other = await freshDatabase();
  const otherDir = mkdtempSync(path.join(tmpdir(), 'credits-killed-'));
  const env = { DATABASE_URL: other.ownerUrl, SANDBOX: 'true', LOG_LEVEL: 'warn' };
  const entriesOf = async (url: string): Promise<Record<string, number>> => {
    const { rows } = await withClient({ url, applicationName: 'test' }, (client) =>
      client.query<{ account_id: string; n: number }>('SELECT account_id, count(*)::int AS n FROM entry GROUP BY account_id'),
    );
    return Object.fromEntries(rows.map(({ account_id, n }) => [account_id, n]));
  };
  try {
    const killed = await SupervisedService.start(otherDir, env);
    await killed.until(async () => ((await entriesOf(other.readerUrl))['studio'] ?? 0) > 60, 'telling');
    killed.signal('SIGKILL');
    await killed.exit();
    const next = await SupervisedService.start(otherDir, env);
    await next.until(() => next.output.includes('Stop it with Ctrl-C'), 'welcoming');
    expect(next.output).toContain('/v1/accounts/demo/debits');
    // Order form, purchase, payment, allocation; notice, its delivery; purchase, payment, allocation.
    const untouched = await entriesOf(database.readerUrl);
    expect(await entriesOf(other.readerUrl)).toEqual({ demo: 9, studio: untouched['studio'] });
    next.signal('SIGTERM');
    await next.exit();
  } finally {
    await other.drop();
    rmSync(otherDir, { recursive: true, force: true });
  }
});

test('a database in use is left alone', async () => {
  const used = await freshDatabase();
  const otherDir = mkdtempSync(path.join(tmpdir(), 'credits-used-'));
  try {
    await withClient({ url: used.writerUrl, applicationName: 'test' }, (client) =>
      client.query("INSERT INTO licensee (licensee_id, legal_name, created_at) VALUES ('someone', 'Someone Ltd', now())"),
    );
    const service = await SupervisedService.start(otherDir, { DATABASE_URL: used.ownerUrl, SANDBOX: 'true', LOG_LEVEL: 'warn' });
    await service.until(() => service.output.includes('Stop it with Ctrl-C'), 'welcoming');
    expect(service.output).not.toContain('curl');
    expect(() => statSync(path.join(otherDir, 'sandbox-keys.json'))).toThrow(/ENOENT/);
    service.signal('SIGTERM');
    await service.exit();
  } finally {
    await used.drop();
    rmSync(otherDir, { recursive: true, force: true });
  }
});
