import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { retentionRunsAnswer, usageAnalyticsAnswer } from '../../src/http/schemas/privacy.js';
import { ApplyRetention } from '../../src/operations/apply-retention.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { query } from '../support/ledger-account.js';
import { Market, type Customer } from '../support/market.js';
import { codeOf, ok, TestService } from '../support/service.js';

const KEPT = { metadataDays: 400, actDetailDays: 400, privacyRequestDays: 1_095, evidenceDays: 3_653 };

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customers: Customer[];

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  customers = [];
  for (let i = 0; i < 6; i += 1) {
    const customer = await market.customer({ captions: { minutes: '1' }, agents: { turns: '1' } }, ['100']);
    // As if each had signed for itself.
    await service.post('/v1/licensees', { licenseeId: `licensee-${i}`, legalName: `Licensee ${i}` }, market.operator);
    await query(database.ownerUrl, `UPDATE account SET licensee_id = 'licensee-${i}' WHERE account_id = '${customer.accountId}'`);
    customers.push(customer);
  }
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

describe('analytics across licensees', () => {
  it('shows no group under five, none that one dominates, and no month that is not over', async () => {
    const month = new Date().toISOString().slice(0, 7);
    for (const customer of customers) await customer.debit('captions', { minutes: '2' });
    for (const customer of customers.slice(0, 4)) await customer.debit('agents', { turns: '2' });
    const ask = (question: string) => service.get(`/v1/analytics/usage?${question}`, market.finance);
    expect(codeOf(await ask(`month=${month}`))).toBe('group-too-small');
    await service.post('/v1/clock/advance', { byDays: '40' }, market.operator);
    const shown = ok(await ask(`month=${month}`), usageAnalyticsAnswer);
    expect(shown.items).toEqual([{ feature: 'captions', licensees: 6, credits: '12.000000000', actions: 6 }]);
    expect(ok(await ask(`month=${month}&feature=captions`), usageAnalyticsAnswer).items).toEqual(shown.items);
    expect(codeOf(await ask(`month=${month}&feature=agents`))).toBe('group-too-small');
    expect(codeOf(await ask('month=2026-13'))).toBe('invalid-request');
    expect(codeOf(await service.get(`/v1/analytics/usage?month=${month}`, customers[0]?.admin))).toBe('forbidden');
  });
});

describe('the retention job', () => {
  it('removes what is old, reports it, and leaves every chain whole', async () => {
    const [customer] = customers;
    await customer?.debit('captions', { minutes: '1' }, { metadata: { job: 'old' } });
    const retention = new ApplyRetention(service.database, KEPT, () => Date.now());
    expect((await retention.run()).removed).toEqual({ metadata: 0, actDetails: 0, evidence: 0, privacyRequests: 0 });
    await service.post('/v1/clock/advance', { byDays: '401' }, market.operator);
    await customer?.debit('captions', { minutes: '1' }, { metadata: { job: 'new' } });
    const { removed } = await retention.run();
    expect(removed).toMatchObject({ metadata: 1, evidence: 0 });
    expect(removed.actDetails).toBeGreaterThan(5);
    expect(await query(database.readerUrl, 'SELECT content::text FROM entry_metadata')).toEqual([{ content: '{"job":"new"}' }]);
    const runs = ok(await service.get('/v1/retention-runs', market.operator), retentionRunsAnswer).items;
    expect(runs).toHaveLength(2);
    expect(runs[0]).toMatchObject({ removed: { metadata: 1 }, keptDays: KEPT });
    expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
  });

  it('knows nothing of contacts that were erased: who asks about them is told so', async () => {
    const asked = await service.post('/v1/privacy-requests', { contactId: 'contact-never', kind: 'view' }, market.operator);
    const { requestId } = asked.body as { requestId: string };
    await service.post(`/v1/privacy-requests/${requestId}/identity`, { means: 'in-person' }, market.operator);
    expect(codeOf(await service.post(`/v1/privacy-requests/${requestId}/answer`, {}, market.operator))).toBe('contact-not-found');
  });
});
