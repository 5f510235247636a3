import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { z } from 'zod';
import type { LedgerEvent } from '../../src/domain/event.js';
import { attemptsAnswer, endpointAnswer, endpointsAnswer, newEndpointAnswer, testedAnswer } from '../../src/http/schemas/telling.js';
import { DeliverWebhook } from '../../src/operations/deliver-webhook.js';
import { WEBHOOK_SECRETS, derivedKeys } from '../../src/platform/sealing.js';
import type { Customer } from '../support/market.js';
import { SEALING_KEY, codeOf, noticeEvidence, ok, problem } from '../support/service.js';
import { Story } from '../support/story.js';
import { WebhookReceiver, type ReceivedWebhook } from '../support/webhook-receiver.js';
import { LOOPBACK } from '../support/service.js';
import { WebhookSender } from '../../src/outbound/webhook-sender.js';

let story: Story;
let receiver: WebhookReceiver;
let customer: Customer;
let sender: WebhookSender;
let now: number;
let deliver: DeliverWebhook;

beforeAll(async () => {
  story = await Story.open();
  receiver = await WebhookReceiver.start();
  customer = await story.market.customer({ captions: { minutes: '3' } }, ['100']);
  sender = new WebhookSender({ allowedHosts: LOOPBACK });
  now = Date.now();
  const { database, ledger } = story.service;
  deliver = new DeliverWebhook(database, ledger, noticeEvidence(database), sender, derivedKeys([SEALING_KEY], WEBHOOK_SECRETS), () => now);
});
afterAll(async () => {
  await sender.close();
  await receiver.stop();
  await story.close();
});

type NewEndpoint = z.infer<typeof newEndpointAnswer>;

async function add(path: string, more: object = {}): Promise<NewEndpoint> {
  return ok(await story.service.post(`${customer.url}/webhooks`, { url: receiver.url(path), ...more }, customer.admin), newEndpointAnswer);
}

async function find(endpointId: string): Promise<z.infer<typeof endpointAnswer> | undefined> {
  const { items } = ok(await story.service.get(`${customer.url}/webhooks`, customer.admin), endpointsAnswer);
  return items.find((endpoint) => endpoint.endpointId === endpointId);
}

function suspended(): LedgerEvent {
  const data = { status: 'suspended', previous: 'active', reasons: [], balance: '0.000000000', since: '2026-11-01T00:00:00.000Z' } as const;
  return {
    id: randomUUID(),
    type: 'account.suspended',
    accountId: customer.accountId,
    licenseeId: 'acme',
    seq: 7,
    ordinal: 0,
    at: '2026-11-01T00:00:00.000Z',
    ruleId: null,
    route: { mail: 'all', webhooks: true },
    data,
  };
}

const verifies = (secret: string, { body, headers }: ReceivedWebhook): boolean => {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
};

describe('an endpoint', () => {
  it('shows its secret once, keeps it encrypted, and signs a test message with it', async () => {
    const call = { secret: customer.admin, idempotencyKey: 'endpoint-1' };
    const body = { url: receiver.url('/test'), eventTypes: ['account.suspended', 'account.resumed'] };
    const made = ok(await story.service.post(`${customer.url}/webhooks`, body, call), newEndpointAnswer);
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const again = ok(await story.service.post(`${customer.url}/webhooks`, body, call), newEndpointAnswer);
    expect([again.endpointId, again.secret]).toEqual([made.endpointId, undefined]);
    const dump = await story.service.database.query<{ all: string }[]>(
      `SELECT string_agg(encode(sealed_secret, 'escape'), ' ') || (SELECT string_agg(answer::text, ' ') FROM catalogue_request) AS all FROM webhook_secret`,
    );
    expect(dump[0]?.all).not.toContain(made.secret?.slice(6) ?? 'whsec');

    const tested = ok(await story.service.post(`${customer.url}/webhooks/${made.endpointId}/test`, undefined, customer.admin), testedAnswer);
    expect(tested).toMatchObject({ delivered: true, status: 204, excerpt: '' });
    const [message] = receiver.at('/test');
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ type: 'endpoint.test', data: { endpointId: made.endpointId } });
    expect(verifies(made.secret ?? '', message as ReceivedWebhook)).toBe(true);
    const { items } = ok(await story.service.get(`${customer.url}/webhooks/${made.endpointId}/attempts`, customer.admin), attemptsAnswer);
    expect(items).toMatchObject([{ eventType: 'endpoint.test', messageId: message?.headers['webhook-id'], status: 204 }]);
  });

  it('gets the same id over all attempts, and the log of them says what it answered', async () => {
    const { endpointId } = await add('/retried');
    const event = suspended();
    receiver.answers.set('/retried', 503);
    expect(await deliver.run(event, endpointId)).toEqual({ ok: false, permanent: false, status: 503, excerpt: 'answered 503' });
    receiver.answers.delete('/retried');
    now += 1;
    expect(await deliver.run(event, endpointId)).toMatchObject({ ok: true, status: 204 });
    expect(receiver.at('/retried').map(({ headers }) => headers['webhook-id'])).toEqual([event.id, event.id]);
    expect(JSON.parse(receiver.at('/retried')[0]?.body ?? '')).toEqual({
      type: 'account.suspended',
      timestamp: event.at,
      id: event.id,
      accountId: customer.accountId,
      seq: 7,
      data: event.data,
    });
    const { items } = ok(await story.service.get(`${customer.url}/webhooks/${endpointId}/attempts`, story.market.operator), attemptsAnswer);
    expect(items.map(({ status, excerpt, messageId }) => [status, excerpt, messageId])).toEqual([
      [204, '', event.id],
      [503, 'answered 503', event.id],
    ]);
  });

  it('is signed by both secrets for a day while they rotate, by the newer one after, and never by three', async () => {
    const made = await add('/rotated');
    const rotate = async (): Promise<string> =>
      ok(await story.service.post(`${customer.url}/webhooks/${made.endpointId}/secret`, undefined, customer.admin), newEndpointAnswer).secret ?? '';
    const second = await rotate();
    const signedBy = async (...secrets: readonly string[]): Promise<boolean[]> => {
      await deliver.run(suspended(), made.endpointId);
      const message = receiver.at('/rotated').at(-1) as ReceivedWebhook;
      return secrets.map((secret) => verifies(secret, message));
    };
    now = Date.now();
    expect(await signedBy(made.secret ?? '', second)).toEqual([true, true]);
    const third = await rotate();
    now = Date.now();
    expect(await signedBy(made.secret ?? '', second, third)).toEqual([false, true, true]);
    expect(String(receiver.at('/rotated').at(-1)?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    // Signed a day later, it is checked as of then.
    now += 25 * 3_600_000;
    await deliver.run(suspended(), made.endpointId);
    expect(String(receiver.at('/rotated').at(-1)?.headers['webhook-signature']).split(' ')).toHaveLength(1);
    now = Date.now();
  });

  it('is switched off after five days of failure, with a notice; and on again by an admin', async () => {
    const { endpointId } = await add('/failing');
    receiver.answers.set('/failing', 500);
    await deliver.run(suspended(), endpointId);
    expect(await find(endpointId)).toMatchObject({ disabledAt: null, failingSince: expect.any(String) });
    now += 5 * 24 * 3_600_000;
    await deliver.run(suspended(), endpointId);
    expect((await find(endpointId))?.disabledAt).not.toBeNull();
    const before = receiver.at('/failing').length;
    expect(await deliver.run(suspended(), endpointId)).toMatchObject({ ok: false, permanent: true, excerpt: 'the endpoint is switched off' });
    expect(receiver.at('/failing')).toHaveLength(before);
    const events = await story.service.database.query<{ body: LedgerEvent }[]>(`SELECT body FROM outbox WHERE type = 'endpoint.disabled'`);
    expect(events.map(({ body }) => body.data)).toEqual([{ endpointId, failingSince: expect.any(String), status: 500 }]);

    ok(await story.service.post(`${customer.url}/webhooks/${endpointId}/enable`, undefined, customer.admin), endpointAnswer);
    receiver.answers.delete('/failing');
    expect(await deliver.run(suspended(), endpointId)).toMatchObject({ ok: true });
    expect(await find(endpointId)).toMatchObject({ disabledAt: null, failingSince: null });
    now = Date.now();
  });

  it('that says it is gone is switched off at once', async () => {
    const { endpointId } = await add('/gone');
    receiver.answers.set('/gone', 410);
    expect(await deliver.run(suspended(), endpointId)).toMatchObject({ ok: false, permanent: true, status: 410 });
    expect((await find(endpointId))?.disabledAt).not.toBeNull();
  });

  it('does not exist for others, after it was removed, or with an address that is none', async () => {
    const { endpointId } = await add('/removed');
    const rival = await story.market.account();
    expect(codeOf(await story.service.get(`${customer.url}/webhooks`, rival.admin))).toBe('account-not-found');
    expect(codeOf(await story.service.post(`${rival.url}/webhooks/${endpointId}/test`, undefined, rival.admin))).toBe('endpoint-not-found');
    expect((await story.service.send('DELETE', `${customer.url}/webhooks/${endpointId}`, undefined, { secret: customer.admin })).status).toBe(204);
    expect(codeOf(await story.service.get(`${customer.url}/webhooks/${endpointId}/attempts`, customer.admin))).toBe('endpoint-not-found');
    expect(await deliver.run(suspended(), endpointId)).toMatchObject({ ok: false, permanent: true, excerpt: 'the endpoint was removed' });
    for (const url of ['http://hook.example/', 'ftp://hook.example/', 'https://user:pass@hook.example/', 'https://hook.example/#x', 'hook', `https://hook.example/${'x'.repeat(500)}`]) {
      expect([url, problem(await story.service.post(`${customer.url}/webhooks`, { url }, customer.admin)).pointer]).toEqual([url, '/url']);
    }
    // What it resolves to is judged when it is reached.
    const inside = ok(await story.service.post(`${customer.url}/webhooks`, { url: 'https://169.254.169.254/latest' }, customer.admin), newEndpointAnswer);
    const tested = ok(await story.service.post(`${customer.url}/webhooks/${inside.endpointId}/test`, undefined, customer.admin), testedAnswer);
    expect(tested).toMatchObject({ delivered: false, status: null, excerpt: 'the address is not one of the public internet' });
  });
});
