import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventOf } from '../../src/domain/event.js';
import { accountAnswer, licenseeAnswer } from '../../src/http/schemas/answers.js';
import { contactAnswer, contactsAnswer, newEndpointAnswer } from '../../src/http/schemas/telling.js';
import { WebhookSender } from '../../src/outbound/webhook-sender.js';
import { readDeliveryTargets } from '../../src/postgres/reads/delivery-targets.js';
import { createDelivery, type Delivery } from '../../src/workers/delivery.js';
import { MailServer, readable } from '../support/mail-server.js';
import { Customer } from '../support/market.js';
import { LOOPBACK, SEALING_KEY, noticeEvidence, ok } from '../support/service.js';
import { Story, plusDays } from '../support/story.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

/**
 * P2: "Kaltura may update Credit consumption rates by providing Licensee with thirty (30) days’ prior written notice." A change
 * for fifty licensees, each reached in its own way, or not at all: over a real mail server and a real receiver of webhooks.
 */
let story: Story;
let mail: MailServer;
let receiver: WebhookReceiver;
let sender: WebhookSender;
let delivery: Delivery;

const WAYS = ['one contact', 'two contacts', 'one of two bounces', 'the contact bounces', 'only a webhook', 'a webhook that the form does not name', 'the webhook fails', 'not verified', 'nobody', 'acknowledges'] as const;
type Way = (typeof WAYS)[number];
const EACH = 5;

interface Licensee {
  readonly way: Way;
  readonly customer: Customer;
  readonly contacts: readonly string[];
}

beforeAll(async () => {
  story = await Story.open();
  mail = await MailServer.start();
  receiver = await WebhookReceiver.start();
  sender = new WebhookSender({ allowedHosts: LOOPBACK });
  const { database, ledger } = story.service;
  delivery = createDelivery({
    database,
    ledger,
    evidence: noticeEvidence(database),
    sealingKeys: [SEALING_KEY],
    webhookSender: sender,
    mail: { url: mail.url, from: 'credits@ledger.example' },
    publicUrl: 'https://credits.example',
    wallNow: () => Date.now(),
  });
}, 300_000);
afterAll(async () => {
  delivery.close();
  await Promise.all([sender.close(), mail.stop(), receiver.stop()]);
  await story.close();
});

const press = (path: string) =>
  story.service.send('POST', path, '', { idempotencyKey: null, headers: { 'content-type': 'application/x-www-form-urlencoded' } });

async function follow(address: string): Promise<void> {
  const link = /https:\/\/credits\.example(\/contacts\/verify\?token=[\w.-]+)/.exec(readable(mail.to(address).at(-1) ?? { to: '', raw: '' }))?.[1];
  expect((await press(link ?? '/contacts/verify')).status).toBe(200);
}

async function contact(customer: Customer, address: string): Promise<string> {
  return ok(await story.service.post(`${customer.url}/contacts`, { name: 'Notices', address }, customer.admin), contactAnswer).contactId;
}

async function licensee(way: Way, nth: number, cardId: string): Promise<Licensee> {
  const { service, market } = story;
  const name = `${way.replaceAll(' ', '-')}-${nth}`;
  ok(await service.post('/v1/licensees', { licenseeId: name, legalName: `Licensee ${name}` }, market.operator), licenseeAnswer);
  ok(await service.post('/v1/accounts', { accountId: name, licenseeId: name }, market.operator), accountAnswer);
  const customer = new Customer(market, name, await service.key(['account:admin'], name), await service.key(['usage:write'], name));
  const isNamed = way === 'only a webhook' || way === 'the webhook fails';
  await customer.sign(cardId, ['captions'], isNamed ? { noticeWebhook: receiver.url(`/${name}`) } : {});
  if (way.includes('webhook')) {
    // It listens to something else; that the form names it is enough.
    const endpoint = { url: receiver.url(`/${name}`), ...(isNamed ? { eventTypes: ['account.suspended'] } : {}) };
    ok(await service.post(`${customer.url}/webhooks`, endpoint, customer.admin), newEndpointAnswer);
    if (way === 'the webhook fails') receiver.answers.set(`/${name}`, 500);
  }
  const mailed = { 'one contact': 1, 'two contacts': 2, 'one of two bounces': 2, 'the contact bounces': 1, 'not verified': 1 } as Partial<Record<Way, number>>;
  const contacts: string[] = [];
  for (let i = 0; i < (mailed[way] ?? 0); i += 1) contacts.push(await contact(customer, `c${i}@${name}.example`));
  return { way, customer, contacts };
}

/** The message of a notice, as the outbox has it. */
async function noticeOf({ customer }: Licensee, version: number): Promise<EventOf<'rates.announced'>> {
  const { noticeId, cardId, effectiveDate, text } = await story.notice(customer, version);
  return {
    id: randomUUID(),
    type: 'rates.announced',
    accountId: customer.accountId,
    licenseeId: customer.accountId,
    seq: 2,
    ordinal: 0,
    at: new Date(await story.now()).toISOString(),
    ruleId: null,
    route: { mail: 'all', webhooks: true },
    data: { noticeId, cardId, version, effectiveDate, text },
  };
}

async function deliverTo(of: Licensee, event: EventOf<'rates.announced'>): Promise<void> {
  const [{ contacts, endpoints } = { contacts: [], endpoints: [] }] = await readDeliveryTargets(story.service.database, [event]);
  for (const contactId of contacts) await delivery.deliverMail(event, contactId);
  for (const endpointId of endpoints) await delivery.deliverWebhook(event, endpointId);
  if (of.way === 'acknowledges') await story.acknowledge(of.customer, event.data.version);
}

async function versionBought({ customer }: Licensee): Promise<string> {
  return (await customer.place('1')).purchase.rateVersion.split('@')[1] ?? '';
}

describe('a new version for fifty licensees', () => {
  it('reaches each of them from the day that its own evidence gives, and those without evidence not at all', async () => {
    const cardId = await story.market.card({ captions: { minutes: '3' } });
    const all: Licensee[] = [];
    for (const way of WAYS) for (let nth = 0; nth < EACH; nth += 1) all.push(await licensee(way, nth, cardId));
    expect(all).toHaveLength(50);
    while ((await delivery.contactLinks.run()) > 0);
    for (const { way, customer, contacts } of all) {
      if (way !== 'not verified') for (const i of contacts.keys()) await follow(`c${i}@${customer.accountId}.example`);
      if (way === 'one of two bounces' || way === 'the contact bounces') mail.refuses.set(`c0@${customer.accountId}.example`, 550);
    }
    const effectiveDate = await story.day(33);
    const version = await story.market.version(cardId, { captions: { minutes: '4' } }, effectiveDate);
    const announcedOn = await story.day();
    // Half of it goes out today; the rest two days later than leaves thirty days before the effective date.
    const [early, late] = [all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 2 === 1)];
    const events = new Map<Licensee, EventOf<'rates.announced'>>();
    for (const of of all) events.set(of, await noticeOf(of, version));
    const send = async (some: readonly Licensee[]): Promise<void> => {
      for (const of of some) await deliverTo(of, events.get(of) as EventOf<'rates.announced'>);
    };
    await send(early);
    // The same messages again, as a worker that was killed before it could note them would send them: one piece of evidence each.
    await send(early.slice(0, 10));
    await story.advanceDays(5);
    await send(late);

    const reached: readonly Way[] = ['one contact', 'two contacts', 'one of two bounces', 'only a webhook', 'acknowledges'];
    for (const of of all) {
      const deliveredOn = reached.includes(of.way) ? (early.includes(of) ? announcedOn : plusDays(announcedOn, 5)) : null;
      const from = deliveredOn === null ? null : early.includes(of) ? plusDays(effectiveDate, 1) : plusDays(announcedOn, 36);
      const notice = await story.notice(of.customer, version);
      expect([of.way, notice.announcedOn, notice.deliveredOn, notice.reachesPurchasesFrom]).toEqual([of.way, announcedOn, deliveredOn, from]);
      const evidence = notice.deliveries.map(({ means, contactId, bouncedBy }) => [means, contactId, bouncedBy]);
      const expected: Partial<Record<Way, unknown>> = {
        'one contact': [['mail', of.contacts[0], null]],
        'one of two bounces': [['mail', of.contacts[1], null]],
        'only a webhook': [['webhook', null, null]],
        acknowledges: [['acknowledged', null, null]],
      };
      // Both contacts of a licensee count; the first one that was reached begins the thirty days.
      if (of.way === 'two contacts') expect(new Set(evidence.map(([, contactId]) => contactId))).toEqual(new Set(of.contacts));
      else expect([of.way, evidence]).toEqual([of.way, expected[of.way] ?? []]);
    }
    // A bounce is seen by both sides.
    for (const of of all.filter(({ way }) => way === 'the contact bounces')) {
      for (const secret of [of.customer.admin, story.market.operator]) {
        const { items } = ok(await story.service.get(`${of.customer.url}/contacts`, secret), contactsAnswer);
        expect(items).toMatchObject([{ contactId: of.contacts[0], bounceStatus: 550, bouncedAt: expect.any(String) }]);
      }
    }

    // The last day at the old rates, for those whom the effective date rules; then the day after it.
    await story.advanceTo(`${effectiveDate}T23:59:00Z`);
    expect(new Set(await Promise.all(all.map(versionBought)))).toEqual(new Set(['1']));
    await story.advanceTo(`${plusDays(effectiveDate, 1)}T00:00:00Z`);
    for (const of of all) expect([of.way, await versionBought(of)]).toEqual([of.way, reached.includes(of.way) && early.includes(of) ? '2' : '1']);
    await story.advanceTo(`${plusDays(announcedOn, 36)}T00:00:00Z`);
    for (const of of all) expect([of.way, await versionBought(of)]).toEqual([of.way, reached.includes(of.way) ? '2' : '1']);
  }, 600_000);

  it('is taken back by a bounce that comes later, within the thirty days, and given again to the mended address', async () => {
    const cardId = await story.market.card({ captions: { minutes: '3' } });
    const one = await licensee('one contact', 99, cardId);
    const [contactId = ''] = one.contacts;
    await delivery.contactLinks.run();
    await follow(`c0@${one.customer.accountId}.example`);
    const version = await story.market.version(cardId, { captions: { minutes: '4' } }, await story.day(31));
    const event = await noticeOf(one, version);
    await deliverTo(one, event);
    const deliveredOn = await story.day();
    expect((await story.notice(one.customer, version)).deliveredOn).toBe(deliveredOn);
    const message = readable(mail.to(`c0@${one.customer.accountId}.example`).at(-1) ?? { to: '', raw: '' });
    expect(message).toMatch(/^Subject: Notice: new credit rates from \d+ \w+ \d{4} \[one-contact-99\]\s*$/m);
    expect(message).toContain('New rates.');
    expect(message).toContain('but not switched off');

    await story.advanceDays(10);
    const bounce = `${one.customer.url}/contacts/${contactId}/bounce`;
    ok(await story.service.post(bounce, undefined, story.market.operator), contactAnswer);
    expect(await story.notice(one.customer, version)).toMatchObject({ deliveredOn: null, reachesPurchasesFrom: null, deliveries: [{ contactId, bouncedBy: expect.any(Number) }] });
    expect(await delivery.deliverMail(event, contactId)).toMatchObject({ ok: false, permanent: true });
    expect(await readDeliveryTargets(story.service.database, [event])).toMatchObject([{ contacts: [] }]);

    // The address is mended, and verified again: the thirty days begin with the delivery that then succeeds.
    await story.service.database.query('UPDATE contact SET link_sent_at = NULL WHERE contact_id = $1', [contactId]);
    ok(await story.service.post(`${one.customer.url}/contacts/${contactId}/link`, undefined, one.customer.admin), contactAnswer);
    await delivery.contactLinks.run();
    await follow(`c0@${one.customer.accountId}.example`);
    expect(await delivery.deliverMail(event, contactId)).toMatchObject({ ok: true });
    const again = await story.notice(one.customer, version);
    expect([again.deliveredOn, again.reachesPurchasesFrom]).toEqual([plusDays(deliveredOn, 10), plusDays(deliveredOn, 41)]);
    // Once it has reached the account, a bounce changes nothing of it any more.
    await story.advanceTo(`${plusDays(deliveredOn, 41)}T00:00:00Z`);
    ok(await story.service.post(bounce, undefined, story.market.operator), contactAnswer);
    expect((await story.notice(one.customer, version)).deliveredOn).toBe(plusDays(deliveredOn, 10));
    expect(await versionBought(one)).toBe('2');
  }, 300_000);
});
