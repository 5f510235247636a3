import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { BREAK_KINDS, TOUCHES_BALANCE } from '../../src/domain/break.js';
import type { EventOf, EventType } from '../../src/domain/event.js';
import { licenseeAnswer } from '../../src/http/schemas/answers.js';
import { EVENT_PAYLOADS } from '../../src/http/schemas/events.js';
import { breakAnswer } from '../../src/http/schemas/money.js';
import { evidenceListAnswer, openedEvidenceAnswer, privacyNoticeAnswer } from '../../src/http/schemas/privacy.js';
import { contactAnswer, newEndpointAnswer } from '../../src/http/schemas/telling.js';
import { ReconcileBooks } from '../../src/operations/reconcile-books.js';
import { targetsOfEvents } from '../../src/operations/targets-of-events.js';
import { WebhookSender } from '../../src/outbound/webhook-sender.js';
import { openBreak } from '../../src/postgres/catalogue/breaks.js';
import { createDelivery, type Delivery } from '../../src/workers/delivery.js';
import { Dispatch } from '../../src/workers/dispatch.js';
import { queueBackend } from '../../src/workers/queue-backend.js';
import { tellings } from '../../src/workers/tellings.js';
import { query } from '../support/ledger-account.js';
import { MailServer, readable, type ReceivedMail } from '../support/mail-server.js';
import type { Customer } from '../support/market.js';
import { LOOPBACK, SEALING_KEY, codeOf, noticeEvidence, ok } from '../support/service.js';
import { Story } from '../support/story.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

/** s.3 and SPEC 14, from what was found to the mail that is read: outbox, relay, queue, a real mail server, sealed evidence. */
jest.setTimeout(180_000);

const ADDRESS = 'notices@acme.example';

let story: Story;
let mail: MailServer;
let receiver: WebhookReceiver;
let sender: WebhookSender;
let delivery: Delivery;
let dispatch: Dispatch;
let customer: Customer;

beforeAll(async () => {
  story = await Story.open();
  [mail, receiver] = [await MailServer.start(), await WebhookReceiver.start()];
  sender = new WebhookSender({ allowedHosts: LOOPBACK });
  const { database, ledger } = story.service;
  const wallNow = (): number => Date.now();
  const outward = { webhookSender: sender, mail: { url: mail.url, from: 'credits@ledger.example' }, publicUrl: 'https://credits.example' };
  delivery = createDelivery({ database, ledger, evidence: noticeEvidence(database), sealingKeys: [SEALING_KEY], wallNow, ...outward });
  customer = await story.market.customer({ captions: { minutes: '3' } }, ['100']);
  const { contactId } = ok(await story.service.post(`${customer.url}/contacts`, { name: 'Notices', address: ADDRESS }, customer.admin), contactAnswer);
  await query(story.database.ownerUrl, `UPDATE contact SET verified_at = now() WHERE contact_id = '${contactId}'`);
  ok(await story.service.post(`${customer.url}/webhooks`, { url: receiver.url('/hooks') }, customer.admin), newEndpointAnswer);
  dispatch = new Dispatch({
    database,
    backend: queueBackend({ redisUrl: null, writerUrl: story.database.writerUrl }),
    targetsOf: targetsOfEvents,
    deliver: { mail: delivery.deliverMail, webhook: delivery.deliverWebhook },
    clock: () => performance.now(),
    wallNow,
    onFailure: (error) => story.service.failures.push(error),
    options: { pollMs: 100 },
  });
});
afterAll(async () => {
  await dispatch.stop();
  delivery.close();
  await Promise.all([sender.close(), mail.stop(), receiver.stop()]);
  await story.close();
});

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await what()); ) {
    if (Date.now() > end) throw new Error('it never came to that');
    await sleep(25);
  }
}

/** What a worker does every minute. Twice at once, as two of them would. */
async function tell(): Promise<number> {
  let told = 0;
  for (const { run } of tellings(story.service.database, () => Date.now())) {
    for (const count of await Promise.all([run(), run()])) told += Number(count);
  }
  dispatch.wake();
  return told;
}

const events = async <Type extends EventType>(type: Type): Promise<EventOf<Type>[]> =>
  (await query(story.database.readerUrl, `SELECT body FROM outbox WHERE type = $1 ORDER BY account_id, seq, ordinal`, [type])).map(({ body }) => body as unknown as EventOf<Type>);
const mails = (subject: RegExp): ReceivedMail[] => mail.to(ADDRESS).filter((one) => subject.test(readable(one)));
const evidence = async (of: Customer = customer) => ok(await story.service.get(`${of.url}/evidence`, story.market.operator), evidenceListAnswer).items;
async function opened(evidenceId: string | undefined): Promise<Record<string, string | null>> {
  const opening = `${customer.url}/evidence/${evidenceId ?? ''}/opening`;
  return ok(await story.service.post(opening, { purpose: 'Dispute D-9' }, story.market.operator), openedEvidenceAnswer).content;
}

describe('a break that touches a balance (s.3)', () => {
  const edit = (by: string) => query(story.database.ownerUrl, `UPDATE account_state SET available = available ${by} WHERE account_id = '${customer.accountId}'`);
  const reconcile = () => new ReconcileBooks(story.service.database, story.database.readerUrl).run();
  let breakIds: readonly string[];

  it('is told when it was found, once, by mail and webhook, to contacts of the licensee', async () => {
    expect(await tell()).toBe(0);
    await edit('+ 1');
    ({ breakIds } = await reconcile());
    await edit('- 1');
    expect(breakIds.length).toBeGreaterThan(0);
    expect(await tell()).toBe(breakIds.length);
    // Found once more, and looked at again: it is on record, and told already.
    await edit('+ 1');
    expect(await reconcile()).toMatchObject({ found: breakIds.length });
    await edit('- 1');
    expect(await tell()).toBe(0);
    const [event, ...more] = await events('break.found');
    expect(more).toEqual([]);
    expect(event).toMatchObject({ accountId: customer.accountId, ruleId: null, route: { mail: 'all', webhooks: true }, data: { count: breakIds.length } });
    expect(event?.data.breaks.map(({ breakId }) => breakId).sort()).toEqual([...breakIds].sort());
    await until(() => mails(/We found/).length === 1 && receiver.received.length > 0);
    const text = readable(mails(/We found/)[0] ?? { to: '', raw: '' });
    expect(text).toContain('A balance, a lot or an entry is not what the entries add up to: 1 credit');
    expect(text).toContain('they can be sent to other contacts, but not switched off');
    const webhook: unknown = JSON.parse(receiver.received.at(-1)?.body ?? '');
    expect(EVENT_PAYLOADS['break.found'].parse(webhook)).toMatchObject({ type: 'break.found', accountId: customer.accountId });
  });

  it('is told again when somebody has resolved it, with how, and without why', async () => {
    for (const breakId of breakIds) {
      const resolution = { resolution: 'corrected', reason: 'Mr Miller had edited it by hand' };
      ok(await story.service.post(`/v1/breaks/${breakId}/resolution`, resolution, story.market.finance), breakAnswer);
    }
    expect(await tell()).toBe(breakIds.length);
    expect(await tell()).toBe(0);
    await until(() => mails(/resolved/).length === 1);
    const text = readable(mails(/resolved/)[0] ?? { to: '', raw: '' });
    expect(text).toContain('corrected by an entry of its own');
    expect(text).not.toContain('Miller');
    expect(JSON.stringify(await events('break.resolved'))).not.toContain('Miller');
    expect(mails(/We found/)).toHaveLength(1);
  });

  it('is one of the kinds that say so, and of an account; thousands of them make one message', async () => {
    const { database } = story.service;
    const other = await story.market.account();
    const at = Date.now();
    for (const kind of BREAK_KINDS) await openBreak(database, other.accountId, { kind, reference: `of-${kind}`, money: null, credits: null, evidence: {} }, at);
    for (const kind of BREAK_KINDS) await openBreak(database, null, { kind, reference: `of-nobody-${kind}`, money: null, credits: null, evidence: {} }, at);
    expect(await tell()).toBe(TOUCHES_BALANCE.size);
    const [event] = (await events('break.found')).filter(({ accountId }) => accountId === other.accountId);
    expect(new Set(event?.data.breaks.map(({ kind }) => kind))).toEqual(TOUCHES_BALANCE);
    for (let i = 0; i < 30; i += 1) await openBreak(database, other.accountId, { kind: 'usage-missing', reference: `more-${String(i)}`, money: null, credits: null, evidence: {} }, at);
    expect(await tell()).toBe(30);
    const last = (await events('break.found')).filter(({ accountId }) => accountId === other.accountId).at(-1)?.data;
    expect(last).toMatchObject({ count: 30 });
    expect(last?.breaks).toHaveLength(20);
  });

  it('can be routed to other contacts, and not switched off', async () => {
    const rule = (more: object) => story.service.post(`${customer.url}/alert-rules`, { event: 'break.found', ...more }, customer.admin);
    expect(codeOf(await rule({ muted: true }))).toBe('alert-required');
    expect(codeOf(await rule({ mail: [] }))).toBe('alert-required');
    expect(codeOf(await story.service.post(`${customer.url}/alert-rules`, { event: 'privacy.announced' }, customer.admin))).toBe('alert-required');
    // To a contact that is gone: then to whoever can be reached.
    expect((await rule({ mail: ['contact-gone'], webhooks: false })).status).toBe(201);
    await openBreak(story.service.database, customer.accountId, { kind: 'usage-different', reference: 'routed', money: null, credits: null, evidence: {} }, Date.now());
    expect(await tell()).toBe(1);
    expect((await events('break.found')).find(({ ruleId }) => ruleId !== null)).toMatchObject({ route: { mail: ['contact-gone'], webhooks: false } });
    await until(() => mails(/We found/).filter((one) => readable(one).includes(customer.accountId)).length === 2);
  });

  it('leaves a resolved break as it was resolved: only that it was told may be noted', async () => {
    const change = (set: string) => query(story.database.writerUrl, `UPDATE break SET ${set} WHERE break_id = '${breakIds[0] ?? ''}'`);
    await expect(change(`reason = 'another'`)).rejects.toThrow(/is resolved/);
    await expect(change('found_told_at = now(), resolution_told_at = now()')).resolves.toBeDefined();
  });
});

describe('a version of the privacy notice (SPEC 14)', () => {
  it('is told to every licensee once, by its contacts, with where to read it', async () => {
    ok(await story.service.post('/v1/licensees', { licenseeId: 'beta', legalName: 'Beta' }, story.market.operator), licenseeAnswer);
    const notice = { text: 'What is kept about you.', change: 'substantial', effectiveOn: await story.day() };
    const { version } = ok(await story.service.post('/v1/privacy-notices', notice, story.market.operator), privacyNoticeAnswer);
    await tell();
    expect(await tell()).toBe(0);
    const told = await events('privacy.announced');
    // One event for each account of the licensee, and one of them is mailed. The licensee without an account waits.
    expect(new Set(told.map(({ licenseeId }) => licenseeId))).toEqual(new Set(['acme']));
    expect(told.filter(({ route }) => route.mail === 'all')).toHaveLength(1);
    expect(EVENT_PAYLOADS['privacy.announced']).toBeDefined();
    await until(() => mails(/Privacy notice, version/).length === 1);
    const text = readable(mails(/Privacy notice, version/)[0] ?? { to: '', raw: '' });
    expect(text).toContain(`https://credits.example/v1/privacy-notices/${String(version)}`);
    expect(text).toContain('Everybody whose address is kept here is told of this.');
    const [row] = await query(story.database.readerUrl, 'SELECT count(*)::int AS n FROM privacy_announcement');
    expect(row).toEqual({ n: 1 });
  });

  it('is told to a licensee that comes before it applies, and not to one that comes after', async () => {
    const later = { text: 'What is kept about you, and why.', change: 'substantial', effectiveOn: await story.day(30) };
    ok(await story.service.post('/v1/privacy-notices', later, story.market.operator), privacyNoticeAnswer);
    const count = async (licenseeId: string): Promise<number> => (await events('privacy.announced')).filter((event) => event.licenseeId === licenseeId).length;
    await story.advanceDays(3);
    for (const [licenseeId, days] of [['early', 0], ['late', 40]] as const) {
      await story.advanceDays(days);
      ok(await story.service.post('/v1/licensees', { licenseeId, legalName: licenseeId }, story.market.operator), licenseeAnswer);
      expect((await story.service.post('/v1/accounts', { accountId: `acc-${licenseeId}`, licenseeId }, story.market.operator)).status).toBe(201);
      await tell();
    }
    expect([await count('early'), await count('late')]).toEqual([1, 0]);
  });
});

describe('what shows that such a message was delivered', () => {
  it('is sealed for mail and webhook alike, and for nothing else', async () => {
    await until(async () => (await evidence()).some(({ subject }) => subject.startsWith('privacy-notice-')));
    const [found] = (await events('break.found')).filter(({ accountId }) => accountId === customer.accountId);
    const ofBreak = (await evidence()).filter(({ subject }) => subject === found?.id);
    expect(ofBreak.map(({ kind }) => kind).sort()).toEqual(['mail', 'webhook']);
    const byMail = await opened(ofBreak.find(({ kind }) => kind === 'mail')?.evidenceId);
    expect(byMail).toMatchObject({ type: 'break.found', eventId: found?.id, name: 'Notices', address: ADDRESS, at: expect.any(String), answer: expect.stringMatching(/^250/) });
    expect(byMail['text']).toContain('A balance, a lot or an entry');
    const byWebhook = await opened(ofBreak.find(({ kind }) => kind === 'webhook')?.evidenceId);
    expect(byWebhook).toMatchObject({ url: receiver.url('/hooks'), messageId: found?.id, answer: expect.stringMatching(/^20\d/), bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const kinds = new Set(await Promise.all((await evidence()).map(async ({ evidenceId }) => (await opened(evidenceId))['type'])));
    expect([...kinds].sort()).toEqual(['break.found', 'break.resolved', 'privacy.announced']);
    // Who looked, and what for, is on record.
    expect((await evidence()).find(({ evidenceId }) => evidenceId === ofBreak[0]?.evidenceId)?.accesses.length).toBeGreaterThan(0);
    const stored = await query(story.database.ownerUrl, `SELECT string_agg(encode(sealed, 'hex'), '') AS sealed FROM sealed_evidence`);
    expect(String(stored[0]?.['sealed'])).not.toContain(Buffer.from(ADDRESS).toString('hex'));
  });
});
