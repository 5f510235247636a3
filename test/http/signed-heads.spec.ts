import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headIsSignedBy } from '../../src/domain/signed-head.js';
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
