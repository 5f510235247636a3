import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headIsSignedBy, publicKeysOfPem } from '../../src/domain/signed-head.js';
import { ExportCheck } from '../../src/domain/verification/check-export.js';
import { signedHeadAnswer, signedHeadsAnswer, signingKeysAnswer } from '../../src/http/schemas/proof.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { codeOf, ok, TestService } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;

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

describe('signed heads over HTTP', () => {
  it('are signed on demand, and anyone can check them with the published key', async () => {
    const head = ok(await service.get(`${customer.url}/signed-head`, customer.admin), signedHeadAnswer);
    const [key] = ok(await service.get('/v1/signing-keys'), signingKeysAnswer).items;
    expect(key?.keyId).toBe(head.keyId);
    expect(headIsSignedBy({ ...head, signedAt: Date.parse(head.signedAt) }, createPublicKey(key?.pem ?? ''))).toBe(true);
    expect(headIsSignedBy({ ...head, seq: head.seq + 1, signedAt: Date.parse(head.signedAt) }, createPublicKey(key?.pem ?? ''))).toBe(false);
    expect(ok(await service.get(`${customer.url}/signed-head`, customer.admin), signedHeadAnswer)).toEqual(head);
  });

  it('follow the entries, and are listed newest first, page by page', async () => {
    const before = ok(await service.get(`${customer.url}/signed-head`, customer.admin), signedHeadAnswer);
    await customer.debit('captions', { minutes: '1' });
    const after = ok(await service.get(`${customer.url}/signed-head`, customer.admin), signedHeadAnswer);
    expect(after.seq).toBe(before.seq + 1);
    const first = ok(await service.get(`${customer.url}/signed-heads?limit=1`, customer.admin), signedHeadsAnswer);
    expect(first).toEqual({ items: [after], next: String(after.seq) });
    const second = ok(await service.get(`${customer.url}/signed-heads?limit=1&after=${String(first.next)}`, customer.admin), signedHeadsAnswer);
    expect(second).toEqual({ items: [before], next: null });
    expect(ok(await service.get('/v1/signed-heads', market.finance), signedHeadsAnswer)).toEqual({ items: [after], next: null });
  });

  it('are of an account that is there and has entries', async () => {
    expect(codeOf(await service.get('/v1/accounts/nobody/signed-head', market.operator))).toBe('account-not-found');
    const empty = await market.account();
    expect(codeOf(await service.get(`${empty.url}/signed-head`, empty.admin))).toBe('entry-not-found');
    expect(codeOf(await service.get(`${customer.url}/signed-heads?after=x`, customer.admin))).toBe('invalid-request');
    expect(codeOf(await service.get('/v1/signed-heads', customer.admin))).toBe('forbidden');
  });
});

describe('an export over HTTP', () => {
  it('is streamed whole, and proves itself', async () => {
    const keys = ok(await service.get('/v1/signing-keys'), signingKeysAnswer).items;
    const answer = await service.get(`${customer.url}/export`, customer.admin);
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const named: string[] = [];
    const check = new ExportCheck(publicKeysOfPem(keys.map(({ pem }) => pem).join('')), [], ({ at, what }) => named.push(`${at}: ${what}`));
    for (const line of answer.text.trimEnd().split('\n')) check.accept(line);
    const report = check.finish();
    expect(named).toEqual([]);
    expect(report).toMatchObject({ accountId: customer.accountId, coveredUpTo: report.entries });
  });

  it('comes with its verifier, and is nobody else’s', async () => {
    const verifier = await service.get('/verify.mjs');
    expect(verifier).toMatchObject({ status: 200 });
    expect(verifier.text).toContain('offline verifier');
    const other = await market.account();
    expect(codeOf(await service.get(`${customer.url}/export`, other.admin))).toBe('account-not-found');
    expect(codeOf(await service.get(`${customer.url}/export`, customer.backend))).toBe('forbidden');
    expect(codeOf(await service.get('/v1/accounts/nobody/export', market.operator))).toBe('account-not-found');
  });
});
