import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bookedAnswer, balanceAsOfAnswer, clockAnswer, placedAnswer } from '../../src/http/schemas/answers.js';
import { accessAnswer, holdAnswer, holdPlacedAnswer, holdQuoteAnswer, holdsAnswer } from '../../src/http/schemas/holding.js';
import { proposalAnswer, proposalsAnswer, replenishmentRuleAnswer, replenishmentRulesAnswer } from '../../src/http/schemas/replenishment.js';
import { PrepareProposals } from '../../src/operations/prepare-proposals.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok, problem, type Answer } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

const BEFORE = '0198c0de-0000-7000-8000-000000000001';
const captions = { captions: { minutes: '3' } };

function place(customer: Customer, holdId: string, body: object): Promise<Answer> {
  return service.post(`${customer.url}/holds`, { holdId, feature: 'captions', ...body }, customer.backend);
}

function capture(customer: Customer, holdId: string, minutes: string, final = true): Promise<Answer> {
  return service.post(`${customer.url}/holds/${holdId}/captures`, { usage: { minutes }, final }, customer.backend);
}

async function access(customer: Customer, feature = 'captions'): Promise<unknown> {
  return ok(await service.get(`${customer.url}/access?feature=${feature}`, customer.backend), accessAnswer);
}

async function advance(body: object): Promise<void> {
  ok(await service.post('/v1/clock/advance', body, market.operator), clockAnswer);
}

describe('holds over HTTP (SPEC 6)', () => {
  it('are placed, shown, captured in parts, and give the rest back', async () => {
    const customer = await market.customer(captions, ['100']);
    const quote = ok(await service.post(`${customer.url}/holds/quote`, { holdId: 'work', feature: 'captions', credits: '60' }, customer.backend), holdQuoteAnswer);
    expect(quote).toMatchObject({ credits: '60.000000000', legs: [{ credits: '60.000000000' }] });
    const placed = ok(await place(customer, 'work', { usage: { minutes: '20' }, ttlSeconds: '600' }), holdPlacedAnswer);
    expect(placed.balance).toEqual({ balance: '100.000000000', available: '40.000000000', held: '60.000000000' });
    expect(codeOf(await place(customer, 'work', { credits: '1' }))).toBe('hold-exists');

    ok(await capture(customer, 'work', '5', false), bookedAnswer);
    const shown = ok(await service.get(`${customer.url}/holds/work`, customer.backend), holdAnswer);
    expect(shown).toMatchObject({ state: 'open', captured: '15.000000000', usage: { minutes: '5' }, legs: [{ held: '45.000000000' }] });
    ok(await capture(customer, 'work', '1'), bookedAnswer);
    expect(ok(await service.get(`${customer.url}/holds?state=captured`, customer.backend), holdsAnswer).items).toHaveLength(1);
    expect(await customer.balance()).toBe('82.000000000');
    expect(codeOf(await capture(customer, 'work', '1'))).toBe('hold-finalized');
    expect(codeOf(await capture(customer, 'other', '1'))).toBe('hold-not-found');
  });

  it('say what is affordable where they cannot be placed', async () => {
    const customer = await market.customer(captions, ['30']);
    const refused = problem(await place(customer, 'large', { usage: { minutes: '20' } }));
    expect(refused).toMatchObject({ code: 'insufficient-credits', data: { affordable: { minutes: '10' } } });
    expect(problem(await place(customer, 'large', { credits: '31' }))).toMatchObject({ data: { affordable: { credits: '30.000000000' } } });
    expect(codeOf(await place(customer, 'large', {}))).toBe('invalid-request');
  });

  it('are released and extended, to 24 hours from now at most', async () => {
    const customer = await market.customer(captions, ['30']);
    ok(await place(customer, 'kept', { credits: '30' }), holdPlacedAnswer);
    ok(await service.post(`${customer.url}/holds/kept/extend`, { ttlSeconds: '86400' }, customer.backend), bookedAnswer);
    expect(codeOf(await service.post(`${customer.url}/holds/kept/extend`, { ttlSeconds: '60' }, customer.backend))).toBe('hold-extension-out-of-range');
    ok(await service.post(`${customer.url}/holds/kept/release`, {}, customer.backend), bookedAnswer);
    expect(await customer.balance()).toBe('30.000000000');
    expect(codeOf(await service.post(`${customer.url}/holds/kept/release`, {}, customer.backend))).toBe('hold-finalized');
  });

  it('expire when the clock is advanced past them, before the call answers', async () => {
    const customer = await market.customer(captions, ['30']);
    ok(await place(customer, 'short', { credits: '30', ttlSeconds: '60' }), holdPlacedAnswer);
    await advance({ byDays: '1' });
    expect(ok(await service.get(`${customer.url}/balance`, customer.admin), balanceAsOfAnswer)).toMatchObject({ available: '30.000000000', held: '0.000000000' });
    expect(ok(await service.get(`${customer.url}/holds/short`, customer.backend), holdAnswer).state).toBe('expired');
  });
});

describe('access and standing (SPEC 10)', () => {
  it('tells a backend whether it may, and why not', async () => {
    const customer = await market.customer(captions, ['30']);
    expect(await access(customer)).toMatchObject({ allowed: true, refusal: null, status: 'active', reasons: [], billing: 'credits' });
    expect(await access(customer, 'avatars')).toMatchObject({ allowed: false, refusal: 'feature-not-ordered' });
    ok(await customer.debit('captions', { minutes: '10' }), bookedAnswer);
    expect(await access(customer)).toMatchObject({ allowed: false, refusal: 'account-suspended', status: 'suspended', reasons: ['credits-suspended'] });
    await customer.buy('9');
    expect(await access(customer)).toMatchObject({ allowed: true, status: 'active' });
  });

  it('lets an operator suspend with a reference, and only an operator end it', async () => {
    const customer = await market.customer(captions, ['30']);
    const suspension = { reason: 'court order', reference: 'case 7' };
    expect(codeOf(await service.post(`${customer.url}/suspension`, suspension, customer.admin))).toBe('forbidden');
    ok(await service.post(`${customer.url}/suspension`, suspension, market.operator), bookedAnswer);
    expect(problem(await customer.debit('captions', { minutes: '1' }))).toMatchObject({ code: 'account-suspended', data: { reference: 'case 7' } });
    await customer.buy('10');
    expect(await access(customer)).toMatchObject({ allowed: false, status: 'suspended', reasons: ['operator'] });
    ok(await service.post(`${customer.url}/resumption`, { reason: 'lifted' }, market.operator), bookedAnswer);
    expect(codeOf(await service.post(`${customer.url}/resumption`, { reason: 'again' }, market.operator))).toBe('not-suspended');
    ok(await customer.debit('captions', { minutes: '1' }), bookedAnswer);
  });

  it('answers replays and reads of a closed account, and refuses all else', async () => {
    const customer = await market.customer(captions, ['30']);
    ok(await customer.debit('captions', { minutes: '1' }, {}, BEFORE), bookedAnswer);
    ok(await service.post(`${customer.url}/closure`, { reason: 'ended' }, market.operator), bookedAnswer);
    expect((await customer.debit('captions', { minutes: '1' }, {}, BEFORE)).headers['idempotency-replayed']).toBe('true');
    expect(codeOf(await customer.debit('captions', { minutes: '1' }))).toBe('account-closed');
    expect(await customer.balance()).toBe('27.000000000');
  });

  it('ends the Term, keeps credits in the grace, rolls them over, and lapses them after it (P4)', async () => {
    const now = Date.parse(ok(await service.get('/v1/clock', market.operator), clockAnswer).businessTime);
    const day = (days: number): string => new Date(now + days * 86_400_000).toISOString().slice(0, 10);
    const cardId = await market.card(captions);
    const customer = await market.account();
    await customer.sign(cardId, ['captions'], { termEnd: day(3) });
    await customer.buy('30');
    await advance({ byDays: '5' });
    expect(await access(customer)).toMatchObject({ allowed: false, refusal: 'term-ended', status: 'term_ended' });
    expect(await customer.balance()).toBe('30.000000000');
    await customer.sign(cardId, ['captions'], { termStart: day(4), termEnd: day(10) });
    expect(await access(customer)).toMatchObject({ allowed: true, status: 'active' });
    await advance({ byDays: '60' });
    expect(await customer.balance()).toBe('0.000000000');
    expect(codeOf(await customer.debit('captions', { minutes: '1' }))).toBe('term-ended');
  });
});

describe('replenishment (P5, P6)', () => {
  it('prepares a draft and stops there: an admin confirms it, once, or discards it', async () => {
    const customer = await market.customer(captions, ['30']);
    const rule = ok(await service.post(`${customer.url}/replenishment-rules`, { balanceAt: '20', credits: '50' }, customer.admin), replenishmentRuleAnswer);
    const prepare = new PrepareProposals(service.database);
    await prepare.run();
    expect(ok(await service.get(`${customer.url}/proposals`, customer.admin), proposalsAnswer).items).toEqual([]);
    ok(await customer.debit('captions', { minutes: '10' }), bookedAnswer);
    await prepare.run();
    await prepare.run();
    const [draft, ...others] = ok(await service.get(`${customer.url}/proposals`, customer.admin), proposalsAnswer).items;
    expect(others).toEqual([]);
    expect(draft).toMatchObject({ state: 'draft', ruleId: rule.ruleId, credits: '50.000000000', balance: '0.000000000' });
    expect(await customer.balance()).toBe('0.000000000');

    const confirm = `${customer.url}/proposals/${draft?.proposalId ?? ''}/confirm`;
    for (const secret of [market.operator, market.finance, customer.backend]) {
      expect(['forbidden', 'account-not-found']).toContain(codeOf(await service.post(confirm, {}, secret)));
    }
    const first = ok(await service.post(confirm, {}, customer.admin), placedAnswer);
    const second = ok(await service.post(confirm, {}, customer.admin), placedAnswer);
    expect(second.purchase.purchaseId).toBe(first.purchase.purchaseId);
    expect(codeOf(await service.post(confirm.replace('confirm', 'discard'), {}, customer.admin))).toBe('proposal-resolved');
    expect(codeOf(await service.post(confirm.replace(draft?.proposalId ?? '', 'none'), {}, customer.admin))).toBe('proposal-not-found');
  });

  it('lets a draft be discarded and a rule end', async () => {
    const customer = await market.customer(captions, ['3']);
    const { ruleId } = ok(await service.post(`${customer.url}/replenishment-rules`, { balanceAt: '20', credits: '50' }, customer.admin), replenishmentRuleAnswer);
    await new PrepareProposals(service.database).run();
    const [draft] = ok(await service.get(`${customer.url}/proposals`, customer.admin), proposalsAnswer).items;
    ok(await service.post(`${customer.url}/proposals/${draft?.proposalId ?? ''}/discard`, {}, customer.admin), proposalAnswer);
    expect((await service.send('DELETE', `${customer.url}/replenishment-rules/${ruleId}`, undefined, { secret: customer.admin })).status).toBe(204);
    expect(codeOf(await service.send('DELETE', `${customer.url}/replenishment-rules/${ruleId}`, undefined, { secret: customer.admin }))).toBe('rule-not-found');
    await new PrepareProposals(service.database).run();
    expect(ok(await service.get(`${customer.url}/replenishment-rules`, customer.admin), replenishmentRulesAnswer).items).toEqual([]);
    const states = ok(await service.get(`${customer.url}/proposals`, customer.admin), proposalsAnswer).items.map(({ state }) => state);
    expect(states).toEqual(['discarded']);
  });
});
