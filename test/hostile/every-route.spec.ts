import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { attack } from '../../drill/hostile/attack.js';
import { ACCESS } from '../../src/http/access/access-table.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { TestService } from '../support/service.js';

const SEED = Number(process.env['HOSTILE_SEED'] ?? 5);
const REQUESTS = Number(process.env['HOSTILE_REQUESTS'] ?? 100);

let database: FreshDatabase;
let service: TestService;
let admin: Client;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { parts: { sandbox: false, benchNoop: false } });
  await service.app.listen({ host: '127.0.0.1', port: 0 });
  admin = new Client({ connectionString: database.ownerUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await service.stop();
  await database.drop();
});

it(`withstands ${String(REQUESTS)} hostile requests on every route (seed ${String(SEED)})`, async () => {
  const report = await attack({
    url: service.url,
    operator: await service.key(['operator']),
    database: admin,
    seed: SEED,
    requestsPerRoute: REQUESTS,
    routes: /^/,
    progress: () => undefined,
  });
  expect(report.findings).toEqual([]);
  // All but the description itself, the pages for people, the board of the queues, metrics and the baseline of the benchmark.
  const board = Object.keys(ACCESS).filter((route) => /^GET \/queues(\/|$)/.test(route));
  expect(report.routes).toBe(Object.keys(ACCESS).length - board.length - 8);
  // Hostile is not hopeless: some got through the schemas, and did what their senders may do.
  expect(report.byStatus['201'] ?? 0).toBeGreaterThan(report.routes);
  expect(service.failures).toEqual([]);
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
}, 900_000);
