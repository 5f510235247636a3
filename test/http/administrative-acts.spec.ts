import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { actsOnRecordAnswer } from '../../src/http/schemas/proof.js';
import { SignHeads } from '../../src/operations/sign-heads.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { withClient } from '../../src/postgres/connection.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { query } from '../support/ledger-account.js';
import { Market, type Customer } from '../support/market.js';
import { ok, TestService } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
type Act = z.infer<typeof actsOnRecordAnswer>['items'][number];

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['100']);
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

async function acts(kind: string, question = ''): Promise<Act[]> {
  const { items } = ok(await service.get(`/v1/administrative-acts?limit=200${question}`, market.operator), actsOnRecordAnswer);
  return items.filter((act) => act.kind === kind);
}

/** Refused attempts go on record within seconds. */
async function soon(kind: string): Promise<Act[]> {
  for (let attempt = 0; ; attempt += 1) {
    const found = await acts(kind);
    if (found.length > 0 || attempt === 200) return found;
    await sleep(50);
  }
}

function attack(sql: string): Promise<unknown> {
  return withClient({ url: database.ownerUrl, applicationName: 'test-attacker', settings: { session_replication_role: 'replica' } }, (client) => client.query(sql));
}

async function differencesWith(corrupt: string, restore: string): Promise<string[]> {
  await attack(corrupt);
  try {
    return (await verifyLedger({ readerUrl: database.readerUrl })).differences.map(({ at, what }) => `${at}: ${what}`);
  } finally {
    await attack(restore);
  }
}

describe('administrative acts', () => {
  it('of the catalogue are on record in the transaction of the change', async () => {
    const [published] = await acts('publish-rate-version');
    expect(published).toMatchObject({ outcome: 'done', actor: expect.stringMatching(/^key:/), subject: expect.stringMatching(/^card-/), detail: { origin: '127.0.0.1', request: { text: 'New rates.' } } });
    const before = (await acts('create-licensee')).length;
    // What is refused leaves nothing behind, and no act either.
    expect((await service.post('/v1/licensees', { licenseeId: 'acme', legalName: 'Again' }, market.operator)).status).toBe(409);
    expect(await acts('create-licensee')).toHaveLength(before);
  });

  it('on an account are on record before its ledger is asked, once, and the entry bears the same key', async () => {
    const idempotencyKey = randomUUID();
    const suspension = { reason: 'Case of abuse', reference: 'C-1' };
    for (let sent = 0; sent < 2; sent += 1) expect((await service.post(`${customer.url}/suspension`, suspension, { secret: market.operator, idempotencyKey })).status).toBe(201);
    const found = await acts('suspension', `&accountId=${customer.accountId}`);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ outcome: 'asked', accountId: customer.accountId, keyDigest: shortDigest(idempotencyKey), detail: { request: suspension } });
    const entries = await query(database.readerUrl, `SELECT type FROM entry WHERE account_id = '${customer.accountId}' AND encode(key_digest, 'hex') = '${shortDigest(idempotencyKey)}'`);
    expect(entries).toEqual([{ type: 'status' }]);
    await service.post(`${customer.url}/resumption`, { reason: 'Cleared' }, market.operator);
  });

  it('that were refused are on record with who, where and how often', async () => {
    const { accountId } = customer;
    for (let i = 0; i < 3; i += 1) expect((await service.post(`${customer.url}/lots/4/refund`, {}, customer.admin)).status).toBe(403);
    const [refused] = await soon('refund');
    expect(refused).toMatchObject({ outcome: 'refused', code: 'forbidden', accountId, actor: expect.stringMatching(/^key:/), detail: { origin: '127.0.0.1' } });
    await service.get('/v1/licensees/acme', 'kac_nobodyhasthiskeyatallnever');
    const [nobody] = await soon('GET /v1/licensees/:licenseeId');
    expect(nobody).toMatchObject({ code: 'unauthenticated', actor: 'nobody' });
  });

  it('hold opaque ids only: what is personal lies apart and can be erased, and the chain is whole without it', async () => {
    const inside = await query(database.readerUrl, 'SELECT row_to_json(a)::text AS text FROM administrative_act AS a');
    expect(inside.map(({ text }) => text).join()).not.toMatch(/Acme|Case of abuse|127\.0\.0\.1|New rates/);
    await query(database.writerUrl, 'DELETE FROM administrative_detail');
    expect((await acts('suspension'))[0]?.detail).toBeNull();
    expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
  });

  it('are a chain that is signed and verified', async () => {
    await new SignHeads(service.database, [Buffer.alloc(32, 8)], () => Date.now()).run();
    const report = await verifyLedger({ readerUrl: database.readerUrl });
    expect(report.differences).toEqual([]);
    expect(report.administrativeActs).toBeGreaterThan(5);
    const table = 'CREATE TABLE kept_act AS TABLE administrative_act; CREATE TABLE kept_head AS TABLE administrative_head;';
    const restore = 'DELETE FROM administrative_act; INSERT INTO administrative_act TABLE kept_act; DELETE FROM administrative_head; INSERT INTO administrative_head TABLE kept_head; DROP TABLE kept_act, kept_head';
    const lies: [string, RegExp][] = [
      [`UPDATE administrative_act SET actor = 'key:other' WHERE seq = 3`, /^administrative act 3: hash$/],
      ['DELETE FROM administrative_act WHERE seq = 3', /^administrative act 4: sequence/],
      ['UPDATE administrative_head SET seq = seq + 1', /^administrative acts: number of the last one$/],
      ['DELETE FROM administrative_act WHERE seq = (SELECT max(seq) FROM administrative_act)', /^administrative acts: number of the last one$/],
      [
        'DELETE FROM administrative_act WHERE seq > 4; UPDATE administrative_head SET (seq, hash) = (SELECT seq, hash FROM administrative_act WHERE seq = 4)',
        /^signed head of entry \d+: entry$/,
      ],
    ];
    for (const [lie, expected] of lies) expect((await differencesWith(table + lie, restore))[0]).toMatch(expected);
    expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
  });
});
