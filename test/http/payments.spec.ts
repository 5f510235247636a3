import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { z } from 'zod';
import { paidAnswer } from '../../src/http/schemas/answers.js';
import {
  breakAnswer,
  breaksAnswer,
  completedAnswer,
  liabilityAnswer,
  receiptsAnswer,
  recordedAnswer,
  recordedReversalAnswer,
  remittanceAnswer,
  reversalAnswer,
  voidedAnswer,
} from '../../src/http/schemas/money.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok, problem, type Answer } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(120_000);

let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const captions = { captions: { minutes: '1' } };

const finance = (url: string, body: unknown): Promise<Answer> => story.service.post(url, body, story.market.finance);

async function breaksOf(query: string): Promise<z.infer<typeof breakAnswer>[]> {
  return ok(await story.service.get(`/v1/breaks?${query}`, story.market.finance), breaksAnswer).items;
}

function reverse(providerPaymentId: string, amount: string, more: object = {}): Promise<Answer> {
  const reversal = { provider: 'bank', providerPaymentId, reversalId: randomUUID(), amount, currency: 'EUR', reason: 'chargeback' };
  return finance('/v1/payments/reversals', { ...reversal, ...more });
}

/** A purchase of 100 credits, which cost 10.00 EUR. */
async function ordered(form: object = {}): Promise<{ readonly customer: Customer; readonly purchaseId: string; readonly url: string }> {
  const customer = await story.market.customer(captions, [], form);
  const { purchase } = await customer.place('100');
  return { customer, purchaseId: purchase.purchaseId, url: `${customer.url}/purchases/${purchase.purchaseId}` };
}

describe('money for a purchase', () => {
  it('in parts: the one that completes the price allocates', async () => {
    const { customer, purchaseId } = await ordered();
    expect(ok(await customer.pay(purchaseId, '4'), paidAnswer).payment).toMatchObject({ owed: '6.00', allocated: false, excess: '0.00' });
    expect((await story.purchase(customer, purchaseId)).state).toBe('partially_paid');
    expect(ok(await customer.pay(purchaseId, '6'), paidAnswer).payment.allocated).toBe(true);
    expect(await customer.balance()).toBe('100.000000000');
  });

  it('too much: allocated, and the excess is a break', async () => {
    const { customer, purchaseId } = await ordered();
    const { payment, lotId, breakId } = ok(await customer.pay(purchaseId, '12.50'), paidAnswer);
    expect(payment).toMatchObject({ owed: '0.00', allocated: true, excess: '2.50' });
    expect(lotId).not.toBeNull();
    expect(await breaksOf(`accountId=${customer.accountId}`)).toMatchObject([
      { breakId, kind: 'payment-excess', amount: '2.50', currency: 'EUR', owner: 'finance', ageDays: 0, resolved: null, seq: (lotId ?? 0) - 1 },
    ]);
  });

  it('a little short: finance writes it off, with a reason and within the tolerance of the order form', async () => {
    const { customer, purchaseId, url } = await ordered({ shortfallTolerance: '0.02' });
    expect(codeOf(await finance(`${url}/write-off`, { reason: 'nothing came' }))).toBe('payment-not-received');
    await customer.pay(purchaseId, '9.75');
    expect(problem(await finance(`${url}/write-off`, { reason: 'bank fees' }))).toMatchObject({
      code: 'shortfall-exceeds-tolerance',
      data: { owed: '0.25', tolerance: '0.2' },
    });
    await customer.pay(purchaseId, '0.05');
    expect((await finance(`${url}/write-off`, {})).status).toBe(422);
    const { lotId, entry } = ok(await finance(`${url}/write-off`, { reason: 'bank fees' }), completedAnswer);
    expect([entry.type, entry.detail]).toEqual(['write-off', { amount: '0.20', currency: 'EUR', reason: 'bank fees' }]);
    expect((await story.lots(customer)).map((lot) => lot.lotId)).toEqual([lotId]);
    expect(await story.purchase(customer, purchaseId)).toMatchObject({ state: 'allocated', paid: '9.80', writtenOff: '0.20', owed: '0.00' });
    expect(codeOf(await finance(`${url}/write-off`, { reason: 'again' }))).toBe('purchase-not-payable');
  });

  it('tax withheld under a certificate counts as paid, but never alone', async () => {
    const { customer, purchaseId, url } = await ordered();
    const withheld = { amount: '1.50', currency: 'EUR', certificate: 'WHT-77' };
    expect(codeOf(await finance(`${url}/withholding`, { ...withheld, amount: '10' }))).toBe('payment-not-received');
    expect(codeOf(await finance(`${url}/withholding`, { ...withheld, currency: 'USD' }))).toBe('currency-mismatch');
    expect(ok(await finance(`${url}/withholding`, withheld), completedAnswer).lotId).toBeNull();
    expect(await customer.balance()).toBe('0.000000000');
    expect(ok(await customer.pay(purchaseId, '8.50'), paidAnswer).payment.allocated).toBe(true);
    expect(await story.purchase(customer, purchaseId)).toMatchObject({ state: 'allocated', paid: '8.50', withheld: '1.50' });
  });

  it('in another currency, for nothing known, or for what is not owed: recorded, a break, and nobody guesses', async () => {
    const { customer, purchaseId } = await ordered();
    const cases: readonly [string, object, string][] = [
      [purchaseId, { currency: 'USD' }, 'payment-wrong-currency'],
      [randomUUID(), {}, 'payment-unknown-purchase'],
      [purchaseId, { accountId: 'nobody' }, 'payment-unknown-account'],
      [purchaseId, { accountId: undefined, purchaseId: undefined }, 'payment-unknown-account'],
      [purchaseId, { purchaseId: undefined }, 'payment-unknown-purchase'],
    ];
    for (const [purchase, more, kind] of cases) {
      const providerPaymentId = randomUUID();
      const first = await customer.pay(purchase, '10', { providerPaymentId, ...more });
      const { break: found } = ok(first, recordedAnswer);
      expect([first.status, found.kind]).toEqual([202, kind]);
      const again = await customer.pay(purchase, '10', { providerPaymentId, ...more });
      expect([again.status, again.headers['idempotency-replayed'], again.text]).toEqual([202, 'true', first.text]);
      const { items } = ok(await story.service.get('/v1/payments/unbooked', story.market.finance), receiptsAnswer);
      expect(items.map((receipt) => receipt.providerPaymentId)).toContain(providerPaymentId);
    }
    expect(await customer.balance()).toBe('0.000000000');
    expect(await story.purchase(customer, purchaseId)).toMatchObject({ state: 'awaiting_payment', payments: [] });
  });

  it('twice under one id: answered and not booked; with another amount: a conflict and a break', async () => {
    const { customer, purchaseId } = await ordered();
    const providerPaymentId = randomUUID();
    const first = await customer.pay(purchaseId, '4', { providerPaymentId });
    expect((await customer.pay(purchaseId, '4.00', { providerPaymentId })).text).toBe(first.text);
    const conflict = problem(await customer.pay(purchaseId, '5', { providerPaymentId }));
    expect(conflict).toMatchObject({ code: 'payment-conflict', data: { amount: '4.00', currency: 'EUR' } });
    const [found] = await breaksOf(`kind=payment-conflict&accountId=${customer.accountId}`);
    expect(found).toMatchObject({ breakId: conflict.data?.['breakId'], amount: '5.00', evidence: { onRecord: '4.00', reported: '5.00' } });
    expect((await story.purchase(customer, purchaseId)).paid).toBe('4.00');
  });

  it('an idempotency key belongs to one payment', async () => {
    const { customer, purchaseId } = await ordered();
    const idempotencyKey = randomUUID();
    ok(await customer.pay(purchaseId, '1', {}, { idempotencyKey }), paidAnswer);
    expect(codeOf(await customer.pay(purchaseId, '1', {}, { idempotencyKey }))).toBe('idempotency-key-reused');
  });

  it('is matched by finance where it did not say what it is for', async () => {
    const { customer, purchaseId } = await ordered();
    const providerPaymentId = randomUUID();
    const { break: found } = ok(await customer.pay('', '10', { providerPaymentId, accountId: undefined, purchaseId: undefined }), recordedAnswer);
    const match = { provider: 'bank', providerPaymentId, accountId: customer.accountId, purchaseId, reason: 'the licensee sent the advice' };
    expect(codeOf(await finance('/v1/payments/matches', { ...match, providerPaymentId: 'never-reported' }))).toBe('payment-not-found');
    const { payment } = ok(await finance('/v1/payments/matches', match), paidAnswer);
    expect(payment).toMatchObject({ allocated: true, matched: 'the licensee sent the advice' });
    expect(await customer.balance()).toBe('100.000000000');
    const ended = ok(await story.service.get(`/v1/breaks/${found.breakId}`, story.market.finance), breakAnswer);
    expect(ended.resolved).toMatchObject({ resolution: 'matched', reason: match.reason });
  });
});

describe('a purchase that nobody pays', () => {
  it('lapses if it was placed in the account, stays owed if an order form contains it, and late money tells them apart', async () => {
    const cardId = await story.market.card(captions);
    const customer = await story.market.account();
    const signed = await customer.sign(cardId, ['captions'], { paymentDueDays: '14', purchases: [{ credits: '50' }] });
    const owed = signed.purchases[0]?.purchaseId ?? '';
    const { purchase } = await customer.place('100');
    await story.advanceDays(16);
    expect((await story.purchases(customer)).map(({ purchaseId, state }) => [purchaseId, state]).sort()).toEqual(
      [[owed, 'overdue'], [purchase.purchaseId, 'lapsed']].sort(),
    );
    const late = ok(await customer.pay(purchase.purchaseId, '10'), recordedAnswer);
    expect(late.break.kind).toBe('payment-not-owed');
    expect(ok(await customer.pay(owed, '5'), paidAnswer).payment.allocated).toBe(true);
    expect(await customer.balance()).toBe('50.000000000');
  });

  it('received in time and recorded late was no lapse', async () => {
    const { customer, purchaseId } = await ordered({ paymentDueDays: '14' });
    const receivedAt = new Date(await story.now()).toISOString();
    await story.advanceDays(16);
    expect((await story.purchase(customer, purchaseId)).state).toBe('lapsed');
    expect(ok(await customer.pay(purchaseId, '10', { receivedAt }), paidAnswer).payment.allocated).toBe(true);
  });

  it('is voided by an operator, as long as nothing was received', async () => {
    const { customer, purchaseId, url } = await ordered();
    const operator = (to: string): Promise<Answer> => story.service.post(to, { reason: 'placed by mistake' }, story.market.operator);
    expect(ok(await operator(`${url}/void`), voidedAnswer).entry.type).toBe('purchase-voided');
    expect((await story.purchase(customer, purchaseId)).state).toBe('voided');
    expect(codeOf(await operator(`${url}/void`))).toBe('purchase-not-payable');
    const paid = await ordered();
    await paid.customer.pay(paid.purchaseId, '0.01');
    expect(codeOf(await operator(`${paid.url}/void`))).toBe('purchase-final');
    expect(codeOf(await operator(`${customer.url}/purchases/none/void`))).toBe('purchase-not-found');
  });
});

describe('money that the bank takes back', () => {
  it('before the allocation is owed again, and touches no credits', async () => {
    const { customer, purchaseId } = await ordered();
    const providerPaymentId = randomUUID();
    await customer.pay(purchaseId, '4', { providerPaymentId });
    const { reversal, breakId } = ok(await reverse(providerPaymentId, '4'), reversalAnswer);
    expect([reversal.allocated, reversal.disputed, breakId]).toEqual([false, '0.000000000', null]);
    expect(await story.purchase(customer, purchaseId)).toMatchObject({ state: 'awaiting_payment', paid: '0.00', owed: '10.00' });
  });

  it('is booked once under its id; other content under it is a conflict', async () => {
    const { customer, purchaseId } = await ordered();
    const providerPaymentId = randomUUID();
    await customer.pay(purchaseId, '10', { providerPaymentId });
    const reversalId = randomUUID();
    const first = await reverse(providerPaymentId, '3', { reversalId });
    const again = await reverse(providerPaymentId, '3.00', { reversalId });
    expect([again.status, again.headers['idempotency-replayed'], again.text]).toEqual([201, 'true', first.text]);
    expect(codeOf(await reverse(providerPaymentId, '4', { reversalId }))).toBe('reversal-conflict');
    expect((await story.lots(customer))[0]).toMatchObject({ frozen: '30.000000000', available: '70.000000000', condition: 'frozen' });
  });

  it('of an unknown payment, or more than it: recorded, and a break', async () => {
    const unknown = await reverse('never-reported', '1');
    expect([unknown.status, ok(unknown, recordedReversalAnswer).break.kind]).toEqual([202, 'reversal-unbooked']);
    const { customer, purchaseId } = await ordered();
    const providerPaymentId = randomUUID();
    await customer.pay(purchaseId, '10', { providerPaymentId });
    expect(ok(await reverse(providerPaymentId, '10.01'), recordedReversalAnswer).break.kind).toBe('reversal-unbooked');
    expect((await story.lots(customer))[0]?.frozen).toBe('0.000000000');
  });

  it('reported before its payment: what is gone buys nothing until finance says so', async () => {
    const { customer, purchaseId } = await ordered();
    const providerPaymentId = randomUUID();
    await reverse(providerPaymentId, '10');
    expect(ok(await customer.pay(purchaseId, '10', { providerPaymentId }), recordedAnswer).break.kind).toBe('payment-reversed-unbooked');
    const match = { provider: 'bank', providerPaymentId, accountId: customer.accountId, purchaseId, reason: 'it was paid' };
    expect(codeOf(await finance('/v1/payments/matches', match))).toBe('payment-not-received');
    expect(await customer.balance()).toBe('0.000000000');
  });
});

describe('a break', () => {
  it('has an owner and an age, and is resolved once, by a person with a reason', async () => {
    const { customer, purchaseId } = await ordered();
    const { breakId } = ok(await customer.pay(purchaseId, '11'), paidAnswer);
    const url = `/v1/breaks/${breakId ?? ''}`;
    await story.advanceDays(3);
    expect(ok(await finance(`${url}/owner`, { owner: 'collections' }), breakAnswer)).toMatchObject({ owner: 'collections', ageDays: 3, resolved: null });
    expect((await finance(`${url}/resolution`, { resolution: 'returned' })).status).toBe(422);
    expect((await finance(`${url}/resolution`, { resolution: 'repaired', reason: 'x' })).status).toBe(422);
    expect(codeOf(await story.service.post(`${url}/resolution`, { resolution: 'returned', reason: 'x' }, story.market.operator))).toBe('forbidden');
    const resolved = ok(await finance(`${url}/resolution`, { resolution: 'returned', reason: 'sent back to the payer' }), breakAnswer);
    expect(resolved.resolved).toMatchObject({ resolution: 'returned', reason: 'sent back to the payer', by: expect.stringMatching(/^key:/) });
    expect(codeOf(await finance(`${url}/resolution`, { resolution: 'accepted', reason: 'again' }))).toBe('break-resolved');
    expect(codeOf(await finance(`${url}/owner`, { owner: 'me' }))).toBe('break-resolved');
    expect(codeOf(await finance('/v1/breaks/none/owner', { owner: 'me' }))).toBe('break-not-found');
    expect((await breaksOf('state=open')).map((one) => one.breakId)).not.toContain(breakId);
    expect((await breaksOf('state=resolved')).map((one) => one.breakId)).toContain(breakId);
    // It repairs nothing.
    expect((await story.purchase(customer, purchaseId)).payments[0]?.excess).toBe('1.00');
  });
});

describe('a remittance file', () => {
  const send = (file: string, query = ''): Promise<Answer> =>
    story.service.post(`/v1/payments/remittance${query}`, file, { secret: story.market.finance, idempotencyKey: null, headers: { 'content-type': 'text/csv' } });

  it('is reported line by line, dry first, and booked once however often it is sent', async () => {
    const { customer, purchaseId } = await ordered();
    const tag = randomUUID();
    const line = (id: string, amount: string, more = `EUR,2026-01-02,${customer.accountId},${purchaseId}`): string => `bank,${tag}-${id},${amount},${more}`;
    const file = [
      'provider,providerPaymentId,amount,currency,receivedAt,accountId,purchaseId',
      line('a', '4'),
      line('b', '6.50'),
      line('a', '4.00'),
      line('a', '5'),
      line('c', '1', `USD,2026-01-02T10:00:00Z,${customer.accountId},${purchaseId}`),
      line('d', '1', 'EUR,2026-01-02,,'),
      line('e', '1', `EUR,2026-01-02,${customer.accountId},`),
      line('f', '1.005'),
      line('g', '1', 'EUR,2026-02-30,,'),
      line('h', '1', 'EUR,2999-01-01,,'),
    ].join('\r\n');
    const before = await story.entriesInAll();
    const dry = ok(await send(file, '?dryRun=true'), remittanceAnswer);
    expect(await story.entriesInAll()).toBe(before);
    const real = ok(await send(file), remittanceAnswer);
    const told = ({ lines }: z.infer<typeof remittanceAnswer>): unknown => lines.map(({ line: at, outcome }) => `${String(at)} ${outcome}`);
    expect(told(real)).toEqual(['2 booked', '3 allocated', '4 repeated', '5 conflict', '6 recorded', '7 recorded', '8 recorded', '9 invalid', '10 invalid', '11 invalid']);
    expect(told(dry)).toEqual(told(real));
    const notes = ({ lines }: z.infer<typeof remittanceAnswer>): unknown => lines.filter(({ outcome }) => outcome === 'recorded').map(({ note }) => note);
    expect(notes(real)).toEqual(['payment-wrong-currency', 'payment-unknown-account', 'payment-unknown-purchase']);
    expect(notes(dry)).toEqual(notes(real));
    expect(real.counts).toEqual({ booked: 1, allocated: 1, repeated: 1, conflict: 1, recorded: 3, invalid: 3 });
    expect(await customer.balance()).toBe('100.000000000');
    const again = ok(await send(file.replaceAll('2026-01-02', '2026-01-03')), remittanceAnswer);
    expect(again.counts).toEqual({ repeated: 6, conflict: 1, invalid: 3 });
    expect(await customer.balance()).toBe('100.000000000');
    expect((await breaksOf(`kind=payment-excess&accountId=${customer.accountId}`)).map(({ amount }) => amount)).toEqual(['0.50']);
  });

  it.each([
    ['', 'invalid-request'],
    ['provider,amount\nbank,1', 'invalid-request'],
    ['provider,providerPaymentId,amount,currency,receivedAt,colour\n', 'invalid-request'],
    ['provider,providerPaymentId,amount,currency,receivedAt\nbank,"x,1,EUR,2026-01-01', 'invalid-request'],
  ])('that is none is refused whole: %j', async (file, code) => {
    expect(codeOf(await send(file))).toBe(code);
  });

  it('is CSV, and nothing else is', async () => {
    expect(codeOf(await finance('/v1/payments/remittance', { file: 'x' }))).toBe('unsupported-media-type');
    const csv = { secret: story.market.finance, headers: { 'content-type': 'text/csv' } };
    expect(codeOf(await story.service.post('/v1/payments', 'a,b', csv))).toBe('unsupported-media-type');
  });
});

describe('the report for s.7', () => {
  it('adds up what was received under an order form in the twelve months before an instant', async () => {
    const { customer, purchaseId } = await ordered({ taxRate: '0.19', paymentDueDays: '3000' });
    const { orderFormId } = await story.purchase(customer, purchaseId);
    const start = await story.now();
    const at = (days: number): string => new Date(start + days * 86_400_000).toISOString();
    const kept = randomUUID();
    const report = async (before: string): Promise<z.infer<typeof liabilityAnswer>> =>
      ok(await story.service.get(`${customer.url}/order-forms/${orderFormId}/liability?before=${before}`, story.market.finance), liabilityAnswer);
    await customer.pay(purchaseId, '5.95', { receivedAt: at(0), providerPaymentId: kept });
    await story.advanceDays(200);
    await customer.pay(purchaseId, '7.00', { receivedAt: at(200) });
    expect((await report(at(201))).currencies).toEqual([
      { currency: 'EUR', payments: 2, gross: '11.90', tax: '1.90', reversed: '0.00', net: '10.00', excess: '1.05' },
    ]);
    expect((await report(at(100))).currencies).toEqual([{ currency: 'EUR', payments: 1, gross: '5.95', tax: '0.95', reversed: '0.00', net: '5.00', excess: '0.00' }]);
    await story.advanceDays(10);
    await reverse(kept, '5.95', { reversedAt: at(210) });
    expect((await report(at(211))).currencies[0]).toMatchObject({ gross: '11.90', reversed: '5.95', net: '5.00' });
    // By then the bank had taken nothing back; and what lies more than twelve months back does not count.
    expect((await report(at(210))).currencies[0]?.reversed).toBe('0.00');
    expect((await report(at(400))).currencies).toMatchObject([{ payments: 1, gross: '5.95', reversed: '0.00' }]);
    expect((await report(at(3000))).currencies).toEqual([]);
    expect(codeOf(await story.service.get(`${customer.url}/order-forms/none/liability`, story.market.finance))).toBe('order-form-not-found');
    expect(codeOf(await story.service.get(`${customer.url}/order-forms/${orderFormId}/liability`, customer.admin))).toBe('forbidden');
  });
});
