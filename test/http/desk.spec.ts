import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { accountsAnswer, bookedAnswer } from '../../src/http/schemas/answers.js';
import { actAnswer, actsAnswer } from '../../src/http/schemas/correcting.js';
import { noticesOfVersionAnswer, queuesAnswer, rateCardsAnswer } from '../../src/http/schemas/desk.js';
import { replayedAnswer } from '../../src/http/schemas/deliveries.js';
import { withClient } from '../../src/postgres/connection.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok, type Answer } from '../support/service.js';
import { Story, plusDays } from '../support/story.js';

let story: Story;
let customer: Customer;
let other: string;

beforeAll(async () => {
  story = await Story.open();
  const began = await story.day();
  customer = await story.market.customer({ captions: { minutes: '3' } }, ['100'], { number: 'OF-2026/Käse-77', termStart: began, termEnd: plusDays(began, 300) });
  other = await story.service.key(['operator']);
});
afterAll(() => story.close());

const get = async (url: string, secret = story.market.operator): Promise<Answer> => story.service.get(url, secret);

/** Far above what one operator may give alone. */
async function asksForMuch(): Promise<z.infer<typeof actAnswer>> {
  return actAnswer.parse((await story.service.post(`${customer.url}/adjustments`, { credits: '5000', reason: 'outage' }, story.market.operator)).body);
}

const decline = (actId: string, secret: string, reason = 'not agreed'): Promise<Answer> => story.service.post(`/v1/acts/${actId}/decline`, { reason }, secret);
const confirm = (actId: string, secret: string): Promise<Answer> => story.service.post(`/v1/acts/${actId}/confirmation`, undefined, secret);

describe('an act that waits for a second operator', () => {
  it('is declined with a reason, and nobody confirms it any more', async () => {
    const { actId, requestedBy } = await asksForMuch();
    const before = await customer.balance();
    const declined = ok(await decline(actId, other), actAnswer);
    expect(declined).toMatchObject({ state: 'declined', requestedBy, confirmedBy: null, declined: { reason: 'not agreed' } });
    expect(declined.declined?.by).not.toBe(requestedBy);
    expect(codeOf(await confirm(actId, other))).toBe('pending-act-ended');
    expect(codeOf(await decline(actId, other))).toBe('pending-act-ended');
    expect(await customer.balance()).toBe(before);
    const waiting = ok(await get(`/v1/acts?state=pending&accountId=${customer.accountId}`), actsAnswer).items;
    expect(waiting.filter((act) => act.actId === actId)).toEqual([]);
    expect(ok(await get(`/v1/acts?accountId=${customer.accountId}`), actsAnswer).items.find((act) => act.actId === actId)?.state).toBe('declined');
  });

  it('may be taken back by who asked for it, and by nobody without the right', async () => {
    const { actId } = await asksForMuch();
    for (const secret of [story.market.finance, customer.admin, customer.backend]) expect(codeOf(await decline(actId, secret))).toBe('forbidden');
    expect(codeOf(await decline('none', other))).toBe('pending-act-not-found');
    expect(codeOf(await decline(actId, other, ''))).toBe('invalid-request');
    expect(ok(await decline(actId, story.market.operator, 'a mistake'), actAnswer).state).toBe('declined');
  });

  it('cannot be declined once it was confirmed, nor confirmed and declined at once', async () => {
    const first = await asksForMuch();
    ok(await confirm(first.actId, other), bookedAnswer);
    expect(codeOf(await decline(first.actId, other))).toBe('pending-act-ended');
    const second = await asksForMuch();
    const answers = await Promise.all([confirm(second.actId, other), decline(second.actId, other)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});

describe('an account', () => {
  it.each(['of-2026/käse', 'KÄSE-77'])('is found by its order form: %s', async (search) => {
    const found = ok(await get(`/v1/accounts?search=${encodeURIComponent(search)}`), accountsAnswer);
    expect(found.items.map(({ accountId }) => accountId)).toEqual([customer.accountId]);
  });
});

describe('a version of rates', () => {
  it('shows how far its notice has come for each account that it concerns', async () => {
    const [lot] = await story.lots(customer);
    const cardId = lot?.cardId ?? '';
    const second = await story.market.account();
    await second.sign(cardId, ['captions']);
    const version = await story.market.version(cardId, { captions: { minutes: '4' } }, plusDays(await story.day(), 40));
    const url = `/v1/rate-cards/${cardId}/versions/${String(version)}/notices`;
    await story.acknowledge(customer, version);
    const { counts, items } = ok(await get(url, story.market.finance), noticesOfVersionAnswer);
    expect(counts).toEqual({ accounts: 2, told: 2, delivered: 1 });
    expect(items.map(({ accountId, standing }) => [accountId, standing])).toEqual([
      [second.accountId, 'told'],
      [customer.accountId, 'delivered'],
    ]);
    expect(items[1]).toMatchObject({ legalName: 'Acme Corp.', deliveredOn: await story.day(), reachesPurchasesFrom: plusDays(await story.day(), 41) });
    expect(items[0]).toMatchObject({ deliveredOn: null, reachesPurchasesFrom: null });
    const cards = ok(await get('/v1/rate-cards'), rateCardsAnswer).items;
    expect(cards.find((card) => card.cardId === cardId)?.versions).toEqual([1, 2]);
    expect(codeOf(await get(`/v1/rate-cards/${cardId}/versions/9/notices`))).toBe('rate-version-not-found');
    expect(codeOf(await get(url, customer.admin))).toBe('forbidden');
    expect((await story.service.post(`/v1/rate-cards/${cardId}/versions/${String(version)}/withdraw`, { reason: 'a mistake' }, story.market.operator)).status).toBe(201);
    expect(ok(await get(url), noticesOfVersionAnswer).items.map(({ standing }) => standing)).toEqual(['withdrawn', 'withdrawn']);
  });
});

describe('the queues', () => {
  it('show what waits, what is late and what was given up, and a replay puts it back', async () => {
    const before = ok(await get('/v1/queues', story.market.finance), queuesAnswer);
    // No relay runs in this test: every event waits.
    expect(before.outbox.waiting).toBeGreaterThan(0);
    expect(before.parked).toEqual({ count: 0, items: [] });
    const [event] = await story.service.database.query<{ seq: string; ordinal: number; id: string }[]>(
      'SELECT seq, ordinal, id FROM outbox WHERE account_id = $1 ORDER BY seq LIMIT 1',
      [customer.accountId],
    );
    await withClient({ url: story.database.ownerUrl, applicationName: 'test-parking' }, (client) =>
      client.query(
        `INSERT INTO delivery (account_id, seq, ordinal, target_kind, target_id, message_id, state, attempts, last_status, last_excerpt, settled_at)
         VALUES ($1, $2, $3, 'webhook', 'hook-1', $4, 'parked', 10, 500, '<b>oh no</b>', clock_timestamp())`,
        [customer.accountId, event?.seq, event?.ordinal, event?.id],
      ),
    );
    const { parked } = ok(await get('/v1/queues'), queuesAnswer);
    expect(parked).toMatchObject({ count: 1, items: [{ accountId: customer.accountId, target: { kind: 'webhook', id: 'hook-1' }, attempts: 10, lastStatus: 500 }] });
    const replay = await story.service.post(`${customer.url}/deliveries/${parked.items[0]?.deliveryId ?? ''}/replay`, {}, { secret: story.market.operator, idempotencyKey: null });
    expect(ok(replay, replayedAnswer).replayed).toBe(1);
    const after = ok(await get('/v1/queues'), queuesAnswer);
    expect([after.parked.count, after.pending.count, after.pending.due]).toEqual([0, 1, 1]);
    expect(after.pending.lagSeconds).toBeGreaterThan(80_000);
    for (const secret of [customer.admin, customer.backend]) expect(codeOf(await get('/v1/queues', secret))).toBe('forbidden');
  });
});
