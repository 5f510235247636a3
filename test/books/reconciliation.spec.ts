import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { z } from 'zod';
import { bookedAnswer } from '../../src/http/schemas/answers.js';
import { breakAnswer, breaksAnswer } from '../../src/http/schemas/money.js';
import { fileReconciledAnswer, runAnswer, runsAnswer } from '../../src/http/schemas/reconciling.js';
import { ReconcileBooks } from '../../src/operations/reconcile-books.js';
import { ReconciliationRuns } from '../../src/operations/reconciliation-runs.js';
import { withClient } from '../../src/postgres/connection.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(120_000);

type Break = z.infer<typeof breakAnswer>;
type FileReport = z.infer<typeof fileReconciledAnswer>;

let story: Story;
let customer: Customer;
/** When the usage happened: after the credits were there. */
let at: string;

beforeAll(async () => {
  story = await Story.open();
  customer = await story.market.customer({ captions: { minutes: '3' } }, ['100', '50']);
  at = new Date(await story.now()).toISOString();
});

// What is planted below stays in the ledger: its verifier has to object.
afterAll(async () => {
  await story.service.stop();
  await story.database.drop();
});

const books = (): Promise<Awaited<ReturnType<ReconcileBooks['run']>>> => new ReconcileBooks(story.service.database, story.database.readerUrl).run();
const breaks = async (kind: string): Promise<Break[]> => ok(await story.service.get(`/v1/breaks?kind=${kind}&state=open`, story.market.finance), breaksAnswer).items;
const send = async (url: string, file: string): Promise<FileReport> =>
  ok(await story.service.send('POST', url, file, { secret: story.market.finance, headers: { 'content-type': 'text/csv' } }), fileReconciledAnswer);
/** As somebody with all rights could, past every trigger. */
const plant = (sql: string): Promise<unknown> =>
  withClient({ url: story.database.ownerUrl, applicationName: 'test' }, async (client) => {
    await client.query('SET session_replication_role = replica');
    return client.query(sql);
  });

describe('a backend’s own usage file', () => {
  const header = 'accountId,idempotencyKey,feature,usage.minutes,occurredAt,credits';
  const line = (key: string, minutes: string, credits = '', feature = 'captions'): string => `${customer.accountId},${key},${feature},${minutes},${at},${credits}`;
  const debit = async (key: string, minutes: string): Promise<void> => {
    ok(await customer.debit('captions', { minutes }, { mode: 'record', occurredAt: at }, key), bookedAnswer);
  };

  it('agrees with the debits it tells of', async () => {
    for (const [key, minutes] of [['u-1', '1'], ['u-2', '2.50']] as const) await debit(key, minutes);
    const report = await send('/v1/reconciliations/usage-file', [header, line('u-1', '1.0', '3'), line('u-2', '2.5')].join('\r\n'));
    expect(report).toMatchObject({ lines: 2, unreadable: 0, found: 0, open: 0, byKind: {} });
  });

  it('shows what is missing, twice and different, on either side, and names each', async () => {
    for (const [key, minutes] of [['u-3', '3'], ['u-4', '4'], ['u-4-again', '4'], ['u-5', '5']] as const) await debit(key, minutes);
    const file = [header, line('u-1', '1'), line('u-2', '2.5'), line('u-2', '2.5'), line('u-3', '3.5', '9'), line('u-4', '4'), line('u-6', '6'), 'nonsense,,,,,'];
    const url = `/v1/reconciliations/usage-file?from=${at}&until=${at}`;
    const report = await send(url, file.join('\n'));
    expect(report).toMatchObject({ lines: 7, unreadable: 1, unreadableLines: [8], found: 5, open: 5 });
    expect(report.byKind).toEqual({ 'usage-twice': 1, 'usage-different': 1, 'usage-missing': 1, 'usage-debited-twice': 1, 'usage-not-in-file': 1 });
    const [different] = await breaks('usage-different');
    expect(different).toMatchObject({ accountId: customer.accountId, evidence: { idempotencyKey: 'u-3', usage: 'minutes 3.5', bookedUsage: 'minutes 3', differs: 'usage' } });
    expect((await breaks('usage-debited-twice'))[0]).toMatchObject({ credits: '12.000000000', evidence: { feature: 'captions', usage: 'minutes 4' } });
    expect((await breaks('usage-not-in-file'))[0]).toMatchObject({ credits: '15.000000000' });
    // The same file again: the same breaks, and not more of them.
    expect((await send(url, file.join('\n'))).breakIds.sort()).toEqual([...report.breakIds].sort());
    expect(await breaks('usage-missing')).toHaveLength(1);
  });

  it('is read as NDJSON as well', async () => {
    const one = JSON.stringify({ accountId: customer.accountId, idempotencyKey: 'u-1', feature: 'captions', usage: { minutes: '1' }, occurredAt: at });
    expect(await send('/v1/reconciliations/usage-file?format=ndjson', `${one}\n{"broken\n[]\n`)).toMatchObject({ lines: 3, unreadable: 2, unreadableLines: [2, 3], found: 0 });
  });

  it('is refused with half a stretch of time, and as JSON', async () => {
    const call = { secret: story.market.finance, headers: { 'content-type': 'text/csv' } };
    expect(codeOf(await story.service.send('POST', `/v1/reconciliations/usage-file?from=${at}`, header, call))).toBe('invalid-request');
    expect(codeOf(await story.service.post('/v1/reconciliations/usage-file', {}, story.market.finance))).toBe('unsupported-media-type');
  });
});

it('compares a provider’s settlement file with payments: missing, twice, different', async () => {
  const pay = async (providerPaymentId: string, amount: string): Promise<void> => {
    const { purchase } = await customer.place('10');
    await customer.pay(purchase.purchaseId, amount, { provider: 'acquirer', providerPaymentId, receivedAt: '2026-02-01T00:00:00Z' });
  };
  for (const id of ['s-1', 's-2', 's-3']) await pay(id, '1.00');
  const file = ['providerPaymentId,amount,currency', 's-1,1.00,EUR', 's-1,1.00,EUR', 's-2,0.90,EUR', 's-9,5.00,EUR', 's-3,oops,EUR'].join('\n');
  const report = await send('/v1/reconciliations/settlement-file?provider=acquirer&from=2026-01-31T00:00:00Z&until=2026-02-02T00:00:00Z', file);
  expect(report).toMatchObject({ lines: 5, unreadable: 1 });
  expect(report.byKind).toEqual({ 'settlement-twice': 1, 'settlement-different': 1, 'settlement-missing': 1, 'settlement-not-in-file': 1 });
  expect((await breaks('settlement-different'))[0]).toMatchObject({ amount: '0.10', currency: 'EUR', evidence: { providerPaymentId: 's-2', recorded: '1.00', settled: '0.90' } });
});

describe('the books', () => {
  it('are clean as long as nobody touched them', async () => {
    expect(await books()).toMatchObject({ found: 0, open: 0 });
  });

  it('are reconciled when finance asks, and at night once', async () => {
    const runs = new ReconciliationRuns(story.service.database, () => Date.now());
    const asked = ok(await story.service.post('/v1/reconciliations', {}, story.market.finance), runAnswer);
    expect(asked).toMatchObject({ state: 'queued', scope: 'books', report: null });
    expect(await runs.queueNight('2026-03-01')).toBe(true);
    expect(await runs.queueNight('2026-03-01')).toBe(false);
    const worker = new ReconcileBooks(story.service.database, story.database.writerUrl);
    expect([await runs.workOne(worker), await runs.workOne(worker), await runs.workOne(worker)]).toEqual([true, true, false]);
    expect(ok(await story.service.get(`/v1/reconciliations/${asked.runId}`, story.market.finance), runAnswer)).toMatchObject({ state: 'done', report: { found: '0' } });
    const { items } = ok(await story.service.get('/v1/reconciliations', story.market.finance), runsAnswer);
    expect(items.filter(({ night }) => night === '2026-03-01')).toHaveLength(1);
    expect(codeOf(await story.service.get('/v1/reconciliations/none', story.market.finance))).toBe('reconciliation-not-found');
  });

  it('are left to the next worker by one that ends', async () => {
    const runs = new ReconciliationRuns(story.service.database, () => Date.now());
    const killed = { run: () => Promise.reject(new Error('its process ended with SIGKILL')) };
    expect(await runs.queueNight('2026-03-02')).toBe(true);
    const state = async () => ok(await story.service.get('/v1/reconciliations', story.market.finance), runsAnswer).items.find(({ night }) => night === '2026-03-02')?.state;
    expect([await runs.workOne(killed, () => true), await state()]).toEqual([false, 'queued']);
    await expect(runs.workOne(killed)).rejects.toThrow('SIGKILL');
    expect(await state()).toBe('failed');
  });

  it('show a payment that was doubled, an allocation without payment, and an edited balance, and repair nothing', async () => {
    const [first, second] = (await story.purchases(customer)).filter(({ state }) => state === 'allocated');
    await plant(`INSERT INTO payment SELECT provider, '${randomUUID()}', account_id, seq, purchase_id, amount, currency, received_at, excess FROM payment WHERE purchase_id = '${first?.purchaseId ?? ''}'`);
    await plant(`DELETE FROM payment WHERE purchase_id = '${second?.purchaseId ?? ''}'`);
    await plant(`UPDATE account_state SET available = available + 1 WHERE account_id = '${customer.accountId}'`);
    const report = await books();
    expect(report.byKind).toMatchObject({ 'purchase-payments-differ': 2, 'allocation-without-payment': 1 });
    expect(report.byKind['ledger-difference']).toBeGreaterThanOrEqual(3);
    const differ = await breaks('purchase-payments-differ');
    expect(differ.map(({ evidence }) => evidence['purchaseId']).sort()).toEqual([first?.purchaseId, second?.purchaseId].sort());
    expect((await breaks('allocation-without-payment'))[0]).toMatchObject({ amount: second?.price, currency: 'EUR', evidence: { purchaseId: second?.purchaseId } });
    const edited = (await breaks('ledger-difference')).filter(({ evidence }) => evidence['what']?.includes('available credits, the sum of its lots'));
    expect(edited).toEqual([expect.objectContaining({ accountId: customer.accountId, credits: '1.000000000', owner: 'finance' })]);
    // A person resolves it, with a reason; found again it stays resolved, and it is still on record.
    const resolution = { resolution: 'accepted', reason: 'Known' };
    ok(await story.service.post(`/v1/breaks/${edited[0]?.breakId ?? ''}/resolution`, resolution, story.market.finance), breakAnswer);
    const again = await books();
    expect([again.found, again.open]).toEqual([report.found, report.found - 1]);
  });
});
