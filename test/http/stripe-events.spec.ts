import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Stripe from 'stripe';
import { breaksAnswer, stripeOutcomeAnswer } from '../../src/http/schemas/money.js';
import type { Customer } from '../support/market.js';
import { STRIPE_SECRET, TestService, codeOf, ok, type Answer } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(120_000);

let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const URL = '/v1/payment-providers/stripe/events';
const seconds = (): number => Math.floor(Date.now() / 1_000);

interface Signing {
  readonly secret?: string;
  readonly timestamp?: number;
  readonly service?: TestService;
}

function send(payload: string, { secret = STRIPE_SECRET, timestamp = seconds(), service = story.service }: Signing = {}): Promise<Answer> {
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  return service.post(URL, payload, { idempotencyKey: null, headers: { 'stripe-signature': signature } });
}

function event(type: string, object: object, previous?: object): string {
  const data = { object, ...(previous === undefined ? {} : { previous_attributes: previous }) };
  return JSON.stringify({ id: `evt_${randomUUID()}`, object: 'event', type, created: seconds() - 60, data });
}

async function outcomeOf(payload: string): Promise<string> {
  return ok(await send(payload), stripeOutcomeAnswer).outcome;
}

interface Ordered {
  readonly customer: Customer;
  readonly purchaseId: string;
  readonly intent: string;
  readonly metadata: object;
}

/** A purchase of 100 credits for 10.00 EUR, to be paid by an intent of Stripe's. */
async function ordered(): Promise<Ordered> {
  const customer = await story.market.customer({ captions: { minutes: '1' } }, []);
  const { purchaseId } = (await customer.place('100')).purchase;
  return { customer, purchaseId, intent: `pi_${randomUUID()}`, metadata: { accountId: customer.accountId, purchaseId } };
}

function succeeded({ intent, metadata }: Ordered, amount = 1_000): string {
  return event('payment_intent.succeeded', { id: intent, object: 'payment_intent', amount, amount_received: amount, currency: 'eur', metadata });
}

function charge({ intent }: Ordered, more: object): object {
  return { id: `ch_of_${intent}`, object: 'charge', amount: 1_000, currency: 'eur', captured: true, payment_intent: intent, metadata: {}, ...more };
}

async function breaksOf(customer: Customer): Promise<string[]> {
  const answer = await story.service.get(`/v1/breaks?accountId=${customer.accountId}`, story.market.finance);
  return ok(answer, breaksAnswer).items.map(({ kind }) => kind);
}

describe("Stripe's events", () => {
  it('pay the purchase that the metadata name, once, however often they are delivered', async () => {
    const order = await ordered();
    const payload = succeeded(order);
    expect(await outcomeOf(payload)).toBe('booked');
    expect(await order.customer.balance()).toBe('100.000000000');
    expect(await outcomeOf(payload)).toBe('repeated');
    expect(await outcomeOf(succeeded(order))).toBe('repeated');
    // The charge of the same intent is the same money.
    expect(await outcomeOf(event('charge.succeeded', charge(order, {})))).toBe('ignored');
    const { payments } = await story.purchase(order.customer, order.purchaseId);
    expect(payments).toMatchObject([{ provider: 'stripe', providerPaymentId: order.intent, amount: '10.00' }]);
  });

  it('delivered at the same time over and over are booked once', async () => {
    const order = await ordered();
    const payload = succeeded(order);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(payload)));
    expect(outcomes.sort()).toEqual(['booked', ...Array.from({ length: 7 }, () => 'repeated')]);
    expect(await order.customer.balance()).toBe('100.000000000');
  });

  it('take a charge without an intent for a payment, but not one that is only authorized', async () => {
    const order = await ordered();
    const object = { ...charge(order, { metadata: order.metadata }), payment_intent: null };
    expect(await outcomeOf(event('charge.succeeded', { ...object, captured: false }))).toBe('ignored');
    expect(await outcomeOf(event('charge.captured', { ...object, amount_captured: 1_000 }))).toBe('booked');
    expect(await order.customer.balance()).toBe('100.000000000');
  });

  it('of another amount for the same intent are a break, and are not delivered again', async () => {
    const order = await ordered();
    await outcomeOf(succeeded(order));
    expect(await outcomeOf(succeeded(order, 1_100))).toBe('conflict');
    expect(await breaksOf(order.customer)).toEqual(['payment-conflict']);
  });

  it('that do not say what they pay are recorded for finance', async () => {
    const order = await ordered();
    expect(await outcomeOf(succeeded({ ...order, metadata: {} }))).toBe('recorded');
    expect(await order.customer.balance()).toBe('0.000000000');
  });

  it('freeze what refunded parts had bought, in any order of delivery', async () => {
    const order = await ordered();
    await outcomeOf(succeeded(order));
    const first = event('charge.refunded', charge(order, { amount_refunded: 300 }), { amount_refunded: 0 });
    const second = event('charge.refunded', charge(order, { amount_refunded: 500 }), { amount_refunded: 300 });
    expect([await outcomeOf(second), await outcomeOf(first), await outcomeOf(second)]).toEqual(['booked', 'booked', 'repeated']);
    expect((await story.lots(order.customer))[0]).toMatchObject({ frozen: '50.000000000', available: '50.000000000' });
  });

  it('of a dispute freeze what the money had bought; given back, finance decides', async () => {
    const order = await ordered();
    await outcomeOf(succeeded(order));
    const dispute = { id: `dp_${randomUUID()}`, object: 'dispute', amount: 1_000, currency: 'eur', charge: 'ch_1', payment_intent: order.intent };
    expect(await outcomeOf(event('charge.dispute.funds_withdrawn', dispute))).toBe('booked');
    expect(await order.customer.balance()).toBe('0.000000000');
    expect(await outcomeOf(event('charge.dispute.funds_reinstated', dispute))).toBe('recorded');
    expect((await story.lots(order.customer))[0]?.frozen).toBe('100.000000000');
    expect((await breaksOf(order.customer)).sort()).toEqual(['payment-reversed', 'reversal-undone']);
  });

  it('of a refund that comes before its payment allocate nothing', async () => {
    const order = await ordered();
    expect(await outcomeOf(event('charge.refunded', charge(order, { amount_refunded: 1_000 }), { amount_refunded: 0 }))).toBe('recorded');
    expect(await outcomeOf(succeeded(order))).toBe('recorded');
    expect(await order.customer.balance()).toBe('0.000000000');
    expect(await breaksOf(order.customer)).toEqual(['payment-reversed-unbooked']);
  });

  it('of any other kind are ignored', async () => {
    const nothing = ['customer.created', 'payment_intent.created', 'payout.paid'].map((type) => event(type, { id: 'x', object: 'y' }));
    const odd = [event('balance.available', { available: [] }), event('payment_intent.succeeded', { id: 'pi_x', amount_received: 5, currency: 'zzz' }), '{}', '[]'];
    for (const payload of [...nothing, ...odd]) expect(await outcomeOf(payload)).toBe('ignored');
  });

  it('count in the minor units of their currency', async () => {
    const customer = await story.market.customer({ captions: { minutes: '1' } }, [], { currency: 'JPY', unitPrice: '10' });
    const { purchaseId } = (await customer.place('100')).purchase;
    const object = { id: `pi_${randomUUID()}`, amount_received: 1_000, currency: 'jpy', metadata: { accountId: customer.accountId, purchaseId } };
    expect(await outcomeOf(event('payment_intent.succeeded', object))).toBe('booked');
    expect(await customer.balance()).toBe('100.000000000');
  });
});

describe('the signature', () => {
  it('is over the bytes, of this endpoint, and fresh', async () => {
    const order = await ordered();
    const payload = succeeded(order);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: STRIPE_SECRET });
    const refused = [
      await send(payload, { secret: 'whsec_of_somebody_else_123456' }),
      await send(payload, { timestamp: seconds() - 301 }),
      await story.service.post(URL, `${payload} `, { idempotencyKey: null, headers: { 'stripe-signature': signature } }),
      await story.service.post(URL, payload, { idempotencyKey: null }),
      await story.service.post(URL, payload, { idempotencyKey: null, headers: { 'stripe-signature': 't=1,v1=' } }),
      await story.service.post(URL, payload, { secret: story.market.finance, idempotencyKey: null, headers: { 'stripe-signature': 'none' } }),
    ];
    for (const answer of refused) expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid-signature']);
    expect(await order.customer.balance()).toBe('0.000000000');
    expect((await send(payload, { timestamp: seconds() - 290 })).status).toBe(200);
  });

  it('may be of any of the secrets in force, and without any nothing is taken', async () => {
    const second = 'whsec_the_next_one_0123456789';
    const rotating = await TestService.start(story.database.writerUrl, { parts: { stripeWebhookSecrets: [STRIPE_SECRET, second] } });
    const without = await TestService.start(story.database.writerUrl, { parts: { stripeWebhookSecrets: [] } });
    const payload = event('customer.created', { id: 'x' });
    expect((await send(payload, { secret: second, service: rotating })).status).toBe(200);
    expect((await send(payload, { service: rotating })).status).toBe(200);
    expect(codeOf(await send(payload, { service: without }))).toBe('not-found');
    await rotating.stop();
    await without.stop();
  });

  it('is asked for before the body is read', async () => {
    const answer = await story.service.post(URL, '{"a":', { idempotencyKey: null, headers: { 'stripe-signature': 'x' } });
    expect(codeOf(answer)).toBe('invalid-signature');
    expect(codeOf(await send('{"a":'))).toBe('malformed-json');
    expect(codeOf(await send('{"a":"\\u0000"}'))).toBe('invalid-request');
  });
});
