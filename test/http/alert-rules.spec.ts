import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { z } from 'zod';
import { bookedAnswer, clockAnswer } from '../../src/http/schemas/answers.js';
import { alertRehearsalAnswer, alertRuleChangedAnswer, alertRulesAnswer } from '../../src/http/schemas/alerts.js';
import { deliveriesAnswer, replayedAnswer } from '../../src/http/schemas/deliveries.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { query } from '../support/ledger-account.js';
import { Market, type Customer, type Fields } from '../support/market.js';
import { TestService, codeOf, ok, problem, type Answer } from '../support/service.js';

jest.setTimeout(60_000);

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  customer = await market.customer({ images: { images: '1' } }, ['100']);
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

const rules = async (): Promise<z.infer<typeof alertRulesAnswer>> => ok(await service.get(`${customer.url}/alert-rules`, customer.admin), alertRulesAnswer);
const create = (body: Fields, secret = customer.admin): Promise<Answer> => service.post(`${customer.url}/alert-rules`, body, secret);
const change = (ruleId: string, body: Fields): Promise<Answer> => service.post(`${customer.url}/alert-rules/${ruleId}`, body, customer.admin);

describe('alert rules over HTTP', () => {
  it('are there for a new account, made by an admin, fired by a debit, muted, and ended', async () => {
    expect(await rules()).toMatchObject({ own: false });
    const made = ok(await create({ event: 'balance.below', credits: '95' }), alertRuleChangedAnswer);
    expect(made).toMatchObject({ rule: { credits: '95', mail: 'all', muted: false, webhooks: true }, entry: { type: 'alert-rules' } });
    const ruleId = made.rule?.ruleId ?? '';
    const { entry } = ok(await customer.debit('images', { images: '6' }), bookedAnswer);
    const listed = await rules();
    expect(listed.own).toBe(true);
    expect(listed.items.find((rule) => rule.ruleId === ruleId)?.fired).toMatchObject({ seq: entry.seq });
    ok(await change(ruleId, { event: 'balance.below', credits: '95', muted: true, mail: [] }), alertRuleChangedAnswer);
    expect((await rules()).items.find((rule) => rule.ruleId === ruleId)).toMatchObject({ muted: true, mail: [], fired: { seq: entry.seq } });
    const ended = await service.send('DELETE', `/v1/accounts/${customer.accountId}/alert-rules/${ruleId}`, undefined, { secret: customer.admin });
    expect(ok(ended, alertRuleChangedAnswer).rule).toBeNull();
    expect((await rules()).items.some((rule) => rule.ruleId === ruleId)).toBe(false);
  });

  it("say where they would have fired, from the account's own past", async () => {
    const other = await market.customer({ images: { images: '1' } }, ['100']);
    ok(await other.debit('images', { images: '50' }), bookedAnswer);
    const first = ok(await other.debit('images', { images: '10' }), bookedAnswer).entry.seq;
    await other.buy('200');
    const second = ok(await other.debit('images', { images: '190' }), bookedAnswer).entry.seq;
    const rehearse = async (body: Fields): Promise<z.infer<typeof alertRehearsalAnswer>> =>
      ok(await service.post(`${other.url}/alert-rules/rehearsal`, body, other.admin), alertRehearsalAnswer);
    const firings = async (body: Fields): Promise<[number, string][]> => (await rehearse(body)).firings.map(({ seq, threshold }) => [seq, threshold]);
    expect(await firings({ event: 'balance.below', credits: '45' })).toEqual([[first, '45.000000000']]);
    expect(await firings({ event: 'balance.below', credits: '50' })).toEqual([[second, '50.000000000'], [first - 1, '50.000000000']]);
    expect(await firings({ event: 'balance.below', share: '0.4' })).toEqual([[second, '80.000000000'], [first, '40.000000000']]);
    expect(await firings({ event: 'balance.below', credits: '1' })).toEqual([]);
    expect(codeOf(await service.post(`${other.url}/alert-rules/rehearsal`, { event: 'account.limited' }, other.admin))).toBe('invalid-request');
  });

  it('say of runway and of usage, hour by hour, when they would have fired', async () => {
    const other = await market.customer({ images: { images: '1' } }, ['1000']);
    const advance = async (body: Fields): Promise<void> => void ok(await service.post('/v1/clock/advance', body, market.operator), clockAnswer);
    for (let day = 0; day < 5; day += 1) {
      ok(await other.debit('images', { images: '10' }), bookedAnswer);
      await advance({ byDays: '1' });
    }
    const { entry } = ok(await other.debit('images', { images: '800' }), bookedAnswer);
    await advance({ byDays: '1' });
    const rehearse = async (body: Fields): Promise<z.infer<typeof alertRehearsalAnswer>> =>
      ok(await service.post(`${other.url}/alert-rules/rehearsal`, body, other.admin), alertRehearsalAnswer);
    // 850 in about five days leave less than a day of runway.
    expect((await rehearse({ event: 'runway.below', days: '3' })).firings).toMatchObject([{ seq: entry.seq, threshold: '3', balance: '150.000000000', measured: '0.8' }]);
    expect((await rehearse({ event: 'burn.unusual', factor: '2.5' })).firings).toMatchObject([{ seq: entry.seq, threshold: '2.5', measured: '800.000000000' }]);
    expect((await rehearse({ event: 'burn.unusual', factor: '100' })).firings).toEqual([]);
    expect(codeOf(await service.post(`${other.url}/alert-rules/rehearsal`, { event: 'term.ending', days: '3' }, other.admin))).toBe('invalid-request');
  });

  it('are refused where they make no sense', async () => {
    expect(problem(await create({ event: 'account.suspended', muted: true }))).toMatchObject({ code: 'alert-rule-exists' });
    expect(problem(await change('suspended', { event: 'account.suspended', mail: [] }))).toMatchObject({ code: 'alert-required', pointer: '/mail' });
    expect(codeOf(await change('nothing', { event: 'balance.below', credits: '1' }))).toBe('rule-not-found');
    expect(codeOf(await change('suspended', { event: 'account.resumed' }))).toBe('alert-rule-exists');
    for (const body of [
      { event: 'balance.below' },
      { event: 'balance.below', credits: '1', share: '0.5' },
      { event: 'balance.below', share: '1' },
      { event: 'balance.below', days: '3' },
      { event: 'runway.below', days: '366' },
      { event: 'burn.unusual', factor: '1' },
      { event: 'account.limited', credits: '1' },
      { event: 'nothing' },
      { event: 'balance.below', credits: '1', mail: 'nobody' },
      { event: 'balance.below', credits: 1 },
    ]) {
      expect([body, (await create(body)).status]).toEqual([body, 422]);
    }
    expect((await create({ event: 'balance.below', credits: '1' }, customer.backend)).status).toBe(403);
    expect((await create({ event: 'balance.below', credits: '1' }, market.operator)).status).toBe(403);
    let answer = await create({ event: 'balance.below', credits: '1' });
    for (let made = 0; answer.status === 201; made += 1) answer = await create({ event: 'balance.below', credits: String(made) + '.5' });
    expect(codeOf(answer)).toBe('too-many-alert-rules');
  });
});

describe('deliveries over HTTP', () => {
  it('are listed when they were given up, and put back one by one or all at once', async () => {
    const other = await market.customer({ images: { images: '1' } }, ['100']);
    // As a worker leaves it after the last attempt.
    for (const target of ['one', 'two', 'three']) {
      await query(
        database.ownerUrl,
        `INSERT INTO credits.delivery (account_id, seq, ordinal, target_kind, target_id, message_id, state, attempts, last_status, last_excerpt, settled_at)
         SELECT account_id, seq, ordinal, 'webhook', $2, id, 'parked', 12, 500, 'out of order', now() FROM credits.outbox WHERE account_id = $1 LIMIT 1`,
        [other.accountId, target],
      );
    }
    const list = async (state = 'parked'): Promise<z.infer<typeof deliveriesAnswer>['items']> =>
      ok(await service.get(`${other.url}/deliveries?state=${state}`, other.admin), deliveriesAnswer).items;
    const parked = await list();
    expect(parked).toMatchObject([{ target: { id: 'one' }, attempts: 12, lastStatus: 500 }, { target: { id: 'three' } }, { target: { id: 'two' } }]);
    const replay = (what: string, secret = other.admin): Promise<Answer> => service.post(`${other.url}/deliveries/${what}`, {}, { secret, idempotencyKey: null });
    const one = `${parked[0]?.deliveryId ?? ''}/replay`;
    expect(ok(await replay(one), replayedAnswer)).toEqual({ replayed: 1 });
    expect(codeOf(await replay(one))).toBe('delivery-not-found');
    expect(codeOf(await replay('nonsense/replay'))).toBe('delivery-not-found');
    expect((await replay('replay', other.backend)).status).toBe(403);
    expect(ok(await replay('replay'), replayedAnswer)).toEqual({ replayed: 2 });
    expect(ok(await replay('replay'), replayedAnswer)).toEqual({ replayed: 0 });
    expect(await list()).toEqual([]);
    expect(await list('pending')).toMatchObject([{ attempts: 0 }, { attempts: 0 }, { attempts: 0 }]);
  });
});
