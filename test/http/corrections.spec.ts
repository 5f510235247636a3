import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { amount } from '../../src/domain/credits.js';
import { refusal } from '../../src/domain/errors.js';
import { bookedAnswer, clockAnswer, entriesAnswer, lotsAnswer } from '../../src/http/schemas/answers.js';
import {
  actAnswer,
  actsAnswer,
  disputesAnswer,
  settlementQuoteAnswer,
  transfersAnswer,
  unfundedReportAnswer,
  unfundedUsageAnswer,
} from '../../src/http/schemas/correcting.js';
import { explanationAnswer } from '../../src/http/schemas/explanation.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { SecondOperator, type ActCarrier } from '../../src/operations/second-operator.js';
import { TransferCredits } from '../../src/operations/transfer-credits.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, problem, type Answer } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
/** Another person than the market's operator. */
let other: string;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { parts: { adjustmentLimit: amount('100') } });
  market = await Market.open(service);
  other = await service.key(['operator']);
});
afterAll(async () => {
  const { differences } = await verifyLedger({ readerUrl: database.readerUrl });
  expect(differences).toEqual([]);
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

const captions = { captions: { minutes: '3' } };
type Booked = z.infer<typeof bookedAnswer>;
type Act = z.infer<typeof actAnswer>;

async function lotsOf(customer: Customer): Promise<z.infer<typeof lotsAnswer>['items']> {
  return ok(await service.get(`${customer.url}/lots`, customer.admin), lotsAnswer).items;
}

async function lotOf(customer: Customer): Promise<number> {
  return (await lotsOf(customer))[0]?.lotId ?? 0;
}

function waits(answer: Answer): Act {
  expect(answer.status).toBe(202);
  return ok(answer, actAnswer);
}

function confirm(act: Act, secret = other): Promise<Answer> {
  return service.post(`/v1/acts/${act.actId}/confirmation`, undefined, secret);
}

async function booked(answer: Promise<Answer>): Promise<Booked> {
  const given = await answer;
  expect([given.status, given.text]).toEqual([201, given.text]);
  return ok(given, bookedAnswer);
}

/** Every figure of every entry can be asked for. */
async function explain(customer: Customer): Promise<z.infer<typeof explanationAnswer>[]> {
  const { items } = ok(await service.get(`${customer.url}/entries?order=oldest&limit=200`, customer.admin), entriesAnswer);
  const explained = [];
  for (const { seq } of items) explained.push(ok(await service.get(`${customer.url}/entries/${seq}/explanation`, customer.admin), explanationAnswer));
  return explained;
}

async function advance(byDays: string): Promise<void> {
  ok(await service.post('/v1/clock/advance', { byDays }, market.operator), clockAnswer);
}

describe('adjustments (SPEC 12)', () => {
  const adjust = (customer: Customer, body: object, call: Parameters<TestService['post']>[2] = market.operator): Promise<Answer> =>
    service.post(`${customer.url}/adjustments`, { reason: 'outage of 3 May', ...body }, call);

  it('are one operator’s up to the limit, and wait for another one above it', async () => {
    const customer = await market.customer(captions, ['10']);
    const given = await booked(adjust(customer, { credits: '60' }));
    expect(given.balance.available).toBe('70.000000000');
    await booked(adjust(customer, { credits: '10', takeFromLot: String(given.entry.seq) }));
    expect(codeOf(await adjust(customer, { credits: '51', takeFromLot: String(given.entry.seq) }))).toBe('exceeds-lot');
    expect(codeOf(await adjust(customer, { credits: '1', takeFromLot: String(await lotOf(customer)) }))).toBe('purchase-final');
    expect(codeOf(await adjust(customer, { credits: '1', takeFromLot: '999' }))).toBe('lot-not-found');

    const call = { secret: market.operator, idempotencyKey: randomUUID() };
    const act = waits(await adjust(customer, { credits: '40' }, call));
    expect(act).toMatchObject({ kind: 'adjustment', state: 'pending', accountId: customer.accountId });
    expect(waits(await adjust(customer, { credits: '40' }, call)).actId).toBe(act.actId);
    expect(await customer.balance()).toBe('60.000000000');
    expect(problem(await confirm(act, market.operator))).toMatchObject({ code: 'second-operator-required', status: 403 });
    const { entry, balance } = await booked(confirm(act));
    expect(balance.available).toBe('100.000000000');
    expect(entry.detail).toMatchObject({ requestedBy: act.requestedBy });
    expect(entry.actor).not.toBe(act.requestedBy);
    const again = await confirm(act, await service.key(['operator']));
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(ok(again, bookedAnswer).entry).toEqual(entry);
    const listed = ok(await service.get(`/v1/acts?accountId=${customer.accountId}`, market.finance), actsAnswer);
    expect(listed.items).toMatchObject([{ actId: act.actId, state: 'carried-out', seq: entry.seq, confirmedBy: entry.actor }]);
    // Thirty days later one operator is enough again.
    await advance('31');
    await booked(adjust(customer, { credits: '100' }));
  });

  it('are asked for again when nobody confirms them within seven days', async () => {
    const customer = await market.customer(captions, ['10']);
    const act = waits(await adjust(customer, { credits: '101' }));
    await advance('8');
    expect(codeOf(await confirm(act))).toBe('pending-act-ended');
    expect(codeOf(await service.post('/v1/acts/none/confirmation', undefined, other))).toBe('pending-act-not-found');
    expect(await customer.balance()).toBe('10.000000000');
  });

  it('wait on when they cannot be carried out as things stand', async () => {
    const customer = await market.customer(captions, ['10']);
    const given = await booked(adjust(customer, { credits: '90' }));
    const act = waits(await adjust(customer, { credits: '90', takeFromLot: String(given.entry.seq) }));
    ok(await customer.debit('captions', { minutes: '10' }), bookedAnswer);
    expect(codeOf(await confirm(act))).toBe('exceeds-lot');
    expect(ok(await service.get(`/v1/acts?accountId=${customer.accountId}`, other), actsAnswer).items).toMatchObject([{ state: 'pending', confirmedBy: null }]);
  });
});

describe('refunds (P4)', () => {
  const body = { outgoingPayment: { reference: 'out-77', amount: '10.00', currency: 'EUR' }, creditNote: 'CN-2026-1' };
  const ground = { kind: 'agreement', clause: '9.2' };

  it('are refused without a ground, and take two operators with one', async () => {
    const customer = await market.customer(captions, ['100']);
    ok(await customer.debit('captions', { minutes: '10' }), bookedAnswer);
    const url = `${customer.url}/lots/${await lotOf(customer)}/refund`;
    expect(problem(await service.post(url, body, market.operator))).toMatchObject({ code: 'purchase-final', status: 422 });
    expect(codeOf(await service.post(url, { ...body, ground }, customer.admin))).toBe('forbidden');
    const act = waits(await service.post(url, { ...body, ground }, market.operator));
    expect(await customer.balance()).toBe('70.000000000');
    const { entry } = await booked(confirm(act));
    expect(entry).toMatchObject({ type: 'refund', credits: '70.000000000', detail: { ground, ...body, requestedBy: act.requestedBy } });
    expect(await lotsOf(customer)).toMatchObject([{ condition: 'refunded', available: '0.000000000', withdrawn: '70.000000000' }]);
    expect(codeOf(await service.post(url, { ...body, ground }, market.operator))).toBe('lot-refunded');
    const lot = await lotOf(customer);
    expect(codeOf(await service.post(`${customer.url}/lots/${lot}/freeze`, { reason: 'late', reference: 'cb' }, market.finance))).toBe('lot-refunded');
  });

  it('are for what was paid for', async () => {
    const customer = await market.customer(captions, ['1']);
    const gift = await booked(service.post(`${customer.url}/adjustments`, { credits: '5', reason: 'sorry' }, market.operator));
    const url = `${customer.url}/lots/${gift.entry.seq}/refund`;
    expect(codeOf(await service.post(url, { ...body, ground }, market.operator))).toBe('lot-not-refundable');
  });
});

const refusingArrivals: Pick<Ledger, 'execute'> = {
  execute: (command) => (command.type === 'transfer-in' ? Promise.resolve({ ok: false, refusal: refusal('account-busy', 'Locked.') }) : service.ledger.execute(command)),
};

describe('consented transfers (P7)', () => {
  const consent = { reference: 'letter of 1 January', date: '2020-01-01', sha256: 'c'.repeat(64) };
  async function pair(): Promise<{ from: Customer; to: Customer; url: string }> {
    const [from, to] = [await market.customer(captions, ['100']), await market.customer(captions, ['1'])];
    return { from, to, url: `${from.url}/lots/${await lotOf(from)}/transfer` };
  }

  it('are refused without consent: credits are non-transferable', async () => {
    const { to, url, from } = await pair();
    expect(problem(await service.post(url, { toAccountId: to.accountId }, market.operator))).toMatchObject({ code: 'non-transferable', status: 422 });
    const young = { ...consent, date: '2039-01-01' };
    expect(codeOf(await service.post(url, { toAccountId: to.accountId, consent: young }, market.operator))).toBe('non-transferable');
    expect(codeOf(await service.post(url, { toAccountId: 'nobody', consent }, market.operator))).toBe('account-not-found');
    expect(codeOf(await service.post(url, { toAccountId: from.accountId, consent }, market.operator))).toBe('invalid-request');
    ok(await service.post(url.replace('/transfer', '/freeze'), { reason: 'chargeback', reference: 'cb', credits: '1' }, market.finance), bookedAnswer);
    expect(codeOf(await service.post(url, { toAccountId: to.accountId, consent }, market.operator))).toBe('lot-frozen');
  });

  it('book an entry in each account under one key, and the target lot keeps where it came from', async () => {
    const { from, to, url } = await pair();
    const act = waits(await service.post(url, { toAccountId: to.accountId, credits: '40', consent }, market.operator));
    const { entry } = await booked(confirm(act));
    expect(entry).toMatchObject({ type: 'transfer-out', subject: to.accountId, credits: '40.000000000' });
    const [source] = await lotsOf(from);
    const [, arrived] = await lotsOf(to);
    expect(arrived).toMatchObject({
      kind: 'purchase',
      available: '40.000000000',
      rateVersion: source?.rateVersion,
      unitPrice: source?.unitPrice,
      purchaseId: source?.purchaseId,
      source: { accountId: from.accountId, lotId: source?.lotId },
    });
    const debit = ok(await to.debit('captions', { minutes: '2' }), bookedAnswer).entry;
    const explained = (await explain(to)).find((one) => (one.entry as { seq: number }).seq === debit.seq);
    expect(explained?.lots.map(({ source: from }) => from)).toEqual([null, arrived?.source]);
    expect((await explain(from)).at(-1)?.clauses).toMatchObject([{ clause: 'P7' }]);
    expect(ok(await service.get(`${from.url}/transfers`, from.admin), transfersAnswer).items).toMatchObject([{ direction: 'out', whole: true }]);
    expect(ok(await service.get(`${to.url}/transfers`, to.admin), transfersAnswer).items).toMatchObject([{ direction: 'in', whole: true }]);
  });

  it('are a break when they end half way, and the same key completes them', async () => {
    const { from, to, url } = await pair();
    const act = waits(await service.post(url, { toAccountId: to.accountId, consent }, market.operator));
    // The process ends between the two halves: the first is committed, and nobody is left to book the second.
    const dying: Pick<Ledger, 'execute'> = {
      execute: (command) => (command.type === 'transfer-in' ? Promise.reject(new Error('killed')) : service.ledger.execute(command)),
    };
    const carrier: ActCarrier = new TransferCredits(service.database, dying, new SecondOperator(service.database, () => Date.now()));
    const confirmer = { actor: 'key:second', idempotencyKey: `sys:act:${act.actId}` };
    const { accountId, request, requestedBy } = act;
    await expect(carrier.carryOut({ accountId, request: request as never, requestedBy, confirmer })).rejects.toThrow('killed');
    await service.database.query('UPDATE pending_act SET confirmed_by = $2, confirmed_at = $3 WHERE act_id = $1', [act.actId, 'key:second', act.requestedAt]);

    expect(ok(await service.get(`${from.url}/transfers`, from.admin), transfersAnswer).items).toMatchObject([{ direction: 'out', whole: false }]);
    const { differences } = await verifyLedger({ readerUrl: database.readerUrl });
    expect(differences).toMatchObject([{ accountId: from.accountId, what: 'other half of the transfer' }]);
    expect(await to.balance()).toBe('1.000000000');
    // Until the other account takes it, it stays half done, and says so.
    const unfit = new TransferCredits(service.database, refusingArrivals, new SecondOperator(service.database, () => Date.now()));
    const verdict = await unfit.carryOut({ accountId, request: request as never, requestedBy, confirmer });
    expect(verdict).toMatchObject({ ok: false, refusal: { code: 'transfer-half-done', data: { cause: 'account-busy' } } });
    await booked(confirm(act));
    expect([await from.balance(), await to.balance()]).toEqual(['0.000000000', '101.000000000']);
    expect(ok(await service.get(`${from.url}/transfers`, from.admin), transfersAnswer).items).toMatchObject([{ whole: true }]);
  });
});

describe('unfunded usage (P6)', () => {
  it('is listed, reported, settled by the licensee alone, and waived by an operator', async () => {
    const customer = await market.customer(captions, ['6']);
    const record = async (minutes: string): Promise<number> => ok(await customer.debit('captions', { minutes }, { mode: 'record' }), bookedAnswer).entry.seq;
    const seq = await record('5');
    const waived = await record('1');
    const { items } = ok(await service.get(`${customer.url}/unfunded-usage?state=open&feature=captions`, customer.admin), unfundedUsageAnswer);
    expect(items).toMatchObject([
      { seq: waived, credits: '3.000000000', openCredits: '3.000000000', usage: { minutes: '1' } },
      { seq, credits: '9.000000000', share: '0.6' },
    ]);
    await customer.buy('100');
    expect(await customer.balance()).toBe('100.000000000');
    const lotId = String((await lotsOf(customer)).at(-1)?.lotId);
    const url = `${customer.url}/unfunded-usage/${seq}/settlement`;
    const quote = ok(await service.get(`${url}?lotId=${lotId}`, customer.admin), settlementQuoteAnswer);
    expect(quote).toMatchObject({ seq, credits: '9.000000000', unfunded: '9.000000000', share: '0.6' });
    expect(await customer.balance()).toBe('100.000000000');
    for (const secret of [market.operator, market.finance, customer.backend]) {
      expect(codeOf(await service.post(url, { lotId, credits: quote.credits }, secret))).toBe('forbidden');
    }
    expect(codeOf(await service.post(url, { lotId, credits: '8' }, customer.admin))).toBe('settlement-changed');
    expect(codeOf(await service.post(url, { lotId: String(await lotOf(customer)), credits: '9' }, customer.admin))).toBe('lot-not-bought-later');
    expect(codeOf(await service.get(`${url}?lotId=999`, customer.admin))).toBe('lot-not-found');
    await booked(service.post(url, { lotId, credits: quote.credits }, customer.admin));
    expect(await customer.balance()).toBe('91.000000000');
    expect(codeOf(await service.post(url, { lotId, credits: '9' }, customer.admin))).toBe('unfunded-usage-ended');
    expect(codeOf(await service.get(`${customer.url}/unfunded-usage/1/settlement?lotId=${lotId}`, customer.admin))).toBe('unfunded-usage-not-found');
    await booked(service.post(`${customer.url}/unfunded-usage/${waived}/waiver`, { reason: 'our fault' }, market.operator));
    const [settled] = (await explain(customer)).filter(({ entry }) => (entry as { type: string }).type === 'settlement');
    expect(settled?.legs).toMatchObject([{ credits: '9.000000000', arithmetic: { cost: '15', share: '0.6', credits: '9.000000000' } }]);
    const report = ok(await service.get(`${customer.url}/unfunded-usage/report`, market.finance), unfundedReportAnswer);
    expect(report.items).toMatchObject([
      { feature: 'captions', state: 'settled', actions: 1, credits: '9.000000000', openCredits: '0.000000000' },
      { feature: 'captions', state: 'waived', actions: 1, credits: '3.000000000', openCredits: '0.000000000' },
    ]);
  });
});

describe('holds and captures', () => {
  it('are explained to the last digit, each part of a streamed action as what it adds', async () => {
    const customer = await market.customer(captions, ['100']);
    const call = customer.backend;
    await service.post(`${customer.url}/holds`, { holdId: 'h', feature: 'captions', usage: { minutes: '10' } }, call);
    for (const [minutes, final] of [['4', false], ['3', true]] as const) {
      await booked(service.post(`${customer.url}/holds/h/captures`, { usage: { minutes }, final }, call));
    }
    const legs = (await explain(customer)).filter(({ entry }) => ['hold', 'capture'].includes((entry as { type: string }).type)).flatMap((one) => one.legs);
    expect(legs.map(({ to, credits, arithmetic }) => [to, credits, arithmetic?.dueBefore, arithmetic?.credits])).toEqual([
      ['held', '30.000000000', null, '30.000000000'],
      ['consumed', '12.000000000', '0', '12.000000000'],
      ['consumed', '9.000000000', '12', '9.000000000'],
      ['available', '9.000000000', undefined, undefined],
    ]);
  });
});

describe('disputes', () => {
  it('of a payment freeze its lot until finance has decided', async () => {
    const customer = await market.customer(captions, ['100']);
    const lot = `${customer.url}/lots/${await lotOf(customer)}`;
    const why = { reason: 'chargeback', reference: 'dp_1' };
    ok(await customer.debit('captions', { minutes: '10' }), bookedAnswer);
    await booked(service.post(`${lot}/freeze`, why, market.finance));
    expect(await lotsOf(customer)).toMatchObject([{ condition: 'frozen', frozen: '70.000000000', freezeOwed: '30.000000000' }]);
    expect(codeOf(await customer.debit('captions', { minutes: '1' }))).toBe('account-suspended');
    expect(codeOf(await service.post(`${lot}/withdrawal`, { ...why, credits: '71' }, market.finance))).toBe('lot-not-frozen');
    await booked(service.post(`${lot}/withdrawal`, { ...why, credits: '20' }, market.finance));
    await booked(service.post(`${lot}/release`, why, market.finance));
    expect(await lotsOf(customer)).toMatchObject([{ condition: 'normal', available: '50.000000000', withdrawn: '20.000000000', freezeOwed: '0.000000000' }]);
    ok(await customer.debit('captions', { minutes: '1' }), bookedAnswer);
  });

  it('of an entry are records, with the ten-day notice and the outcome (s.7)', async () => {
    const customer = await market.customer(captions, ['100']);
    const { entry } = ok(await customer.debit('captions', { minutes: '10' }), bookedAnswer);
    const dispute = { disputeId: 'd-1', seq: String(entry.seq), claimant: 'licensee', awareOn: '2026-01-01', noticeOn: '2026-01-20', reference: 'mail 4' };
    const url = `${customer.url}/disputes`;
    await booked(service.post(url, dispute, customer.admin));
    expect(codeOf(await service.post(url, dispute, customer.admin))).toBe('dispute-exists');
    expect(codeOf(await service.post(url, { ...dispute, disputeId: 'd-2', claimant: 'kaltura' }, customer.admin))).toBe('forbidden');
    expect(codeOf(await service.post(url, { ...dispute, disputeId: 'd-2', seq: '999' }, market.operator))).toBe('entry-not-found');
    await booked(service.post(`${url}/d-1/outcome`, { outcome: 'rejected', reason: 'metered twice and agreed' }, market.operator));
    expect(codeOf(await service.post(`${url}/d-1/outcome`, { outcome: 'upheld', reason: 'no' }, market.operator))).toBe('dispute-closed');
    expect(codeOf(await service.post(`${url}/d-9/outcome`, { outcome: 'upheld', reason: 'no' }, market.operator))).toBe('dispute-not-found');
    expect(ok(await service.get(url, customer.admin), disputesAnswer).items).toMatchObject([
      { disputeId: 'd-1', seq: entry.seq, noticeInTime: false, outcome: 'rejected' },
    ]);
  });
});
