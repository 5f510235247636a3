import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { withClient } from '../../src/postgres/connection.js';
import { superuserUrl } from '../../src/platform/embedded-postgres.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { SupervisedService } from '../support/supervised-service.js';

jest.setTimeout(240_000);

let dataDir: string;
let running: SupervisedService;

const processLives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function withSuperuser(sql: string): Promise<unknown> {
  const secrets = JSON.parse(readFileSync(path.join(dataDir, 'secrets.json'), 'utf8')) as { postgresPassword: string };
  const port = Number(readFileSync(path.join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[3]);
  const url = superuserUrl(port, secrets.postgresPassword, 'credits');
  return withClient({ url, applicationName: 'test' }, async (client) => (await client.query<object>(sql)).rows);
}

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'credits-start-'));
  running = await SupervisedService.start(dataDir);
  await running.becomesReady();
});

afterAll(async () => {
  running.signal('SIGTERM');
  await running.exit();
  rmSync(dataDir, { recursive: true, force: true });
});

test('comes up on an empty directory, and tells no secret', async () => {
  await withSuperuser('CREATE TABLE public.kept AS SELECT 42 AS answer');
  await running.until(() => running.output.includes('Stop it with Ctrl-C'), 'welcoming');
  expect(running.output).toMatch(/Service {4}http:\/\/127\.0\.0\.1:\d+/);
  const secrets = Object.values(JSON.parse(readFileSync(path.join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>);
  for (const secret of secrets) expect(running.output).not.toContain(secret);
});

test('the database takes nobody without a password', async () => {
  const port = Number(readFileSync(path.join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[3]);
  await expect(withClient({ url: superuserUrl(port, 'guessed', 'credits'), applicationName: 'test' }, () => Promise.resolve())).rejects.toThrow(
    /password authentication failed/,
  );
});

test('the service sees neither the owner nor the reader of the database', () => {
  const environment = readFileSync(`/proc/${String(running.servicePid)}/environ`, 'utf8');
  expect(environment).toContain('DATABASE_WRITER_URL=postgres://credits_writer:');
  expect(environment).not.toMatch(/DATABASE_URL=|DATABASE_READER_URL=|postgres:\/\/postgres:/);
});

test('a second supervisor on the same data goes away, and does no harm', async () => {
  const second = await SupervisedService.start(dataDir);
  expect(await second.exit()).toBe(1);
  expect(second.output).toContain('runs already with the data');
  expect(await running.isReady()).toBe(true);
});

test('a service that was killed is started again', async () => {
  const before = running.servicePid;
  process.kill(before ?? 0, 'SIGKILL');
  await running.until(() => running.servicePid !== undefined && running.servicePid !== before, 'replaced');
  await running.becomesReady();
});

test('a database that was killed is started again, and the service finds it', async () => {
  const before = running.postgresPid;
  process.kill(before, 'SIGKILL');
  await running.until(() => !processLives(before), 'killed');
  await running.until(() => running.output.includes('starting it again'), 'restarted');
  await running.becomesReady();
  expect(await withSuperuser('SELECT answer FROM public.kept')).toEqual([{ answer: 42 }]);
});

test('after the supervisor was killed the service ends by itself, and the next start adopts the database', async () => {
  const { servicePid, postgresPid } = running;
  running.signal('SIGKILL');
  await running.until(() => !processLives(servicePid ?? 0), 'without a service');
  expect(processLives(postgresPid)).toBe(true);

  running = await SupervisedService.start(dataDir);
  await running.becomesReady();
  expect(running.postgresPid).toBe(postgresPid);
  expect(await withSuperuser('SELECT answer FROM public.kept')).toEqual([{ answer: 42 }]);
});

test('after all of it was killed, the next start recovers', async () => {
  const { servicePid, postgresPid } = running;
  for (const pid of [postgresPid, servicePid ?? 0]) process.kill(pid, 'SIGKILL');
  running.signal('SIGKILL');

  running = await SupervisedService.start(dataDir);
  await running.becomesReady();
  expect(await withSuperuser('SELECT answer FROM public.kept')).toEqual([{ answer: 42 }]);
});

test('told to end, it ends cleanly: service first, then the database', async () => {
  const { postgresPid } = running;
  running.signal('SIGTERM');
  expect(await running.exit()).toBe(0);
  expect(running.output).toContain('"clean":true');
  await running.until(() => !processLives(postgresPid), 'without a database');

  running = await SupervisedService.start(dataDir);
  await running.becomesReady();
  expect(await withSuperuser('SELECT answer FROM public.kept')).toEqual([{ answer: 42 }]);
});

test('what is wrong with the configuration is told before anything is started', async () => {
  const wrong = await SupervisedService.start(path.join(dataDir, 'unused'), { LANES: 'many', LOG_LEVEL: 'loud' });
  expect(await wrong.exit()).toBe(1);
  expect(wrong.output).toMatch(/- LANES must be [\s\S]*- LOG_LEVEL must be/);
});

test('a sandbox in production is refused', async () => {
  const wrong = await SupervisedService.start(path.join(dataDir, 'unused'), { NODE_ENV: 'production', SANDBOX: 'true' });
  expect(await wrong.exit()).toBe(1);
  expect(wrong.output).toContain('SANDBOX must not be true where NODE_ENV is production');
});

test('with DATABASE_URL it uses that database, wants secrets, and starts none of its own', async () => {
  const given: FreshDatabase = await freshDatabase();
  const elsewhere = path.join(dataDir, 'given');
  try {
    const without = await SupervisedService.start(elsewhere, { DATABASE_URL: given.ownerUrl });
    expect(await without.exit()).toBe(1);
    expect(without.output).toMatch(/KEY_PEPPER must be[\s\S]*PSEUDONYM_KEY must be[\s\S]*SEALING_KEY must be/);

    const secrets = { KEY_PEPPER: 'a1'.repeat(32), PSEUDONYM_KEY: 'b2'.repeat(32), SIGNING_KEY: 'c3'.repeat(32), EVIDENCE_KEY: 'd4'.repeat(32), SEALING_KEY: 'e5'.repeat(32) };
    const service = await SupervisedService.start(elsewhere, { DATABASE_URL: given.ownerUrl, ...secrets });
    await service.becomesReady();
    expect(() => readFileSync(path.join(elsewhere, 'secrets.json'))).toThrow(/ENOENT/);
    service.signal('SIGINT');
    expect(await service.exit()).toBe(0);
  } finally {
    await given.drop();
  }
});
