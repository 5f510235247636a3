import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { contactAnswer, contactsAnswer } from '../../src/http/schemas/telling.js';
import { WebhookSender } from '../../src/outbound/webhook-sender.js';
import { createDelivery, type Delivery } from '../../src/workers/delivery.js';
import { MailServer, readable } from '../support/mail-server.js';
import type { Customer } from '../support/market.js';
import { SEALING_KEY, codeOf, noticeEvidence, ok, problem } from '../support/service.js';
import { Story } from '../support/story.js';

let story: Story;
let mail: MailServer;
let delivery: Delivery;
let sender: WebhookSender;
let customer: Customer;

beforeAll(async () => {
  story = await Story.open();
  mail = await MailServer.start();
  sender = new WebhookSender({ allowedHosts: new Set() });
  const { database, ledger } = story.service;
  delivery = createDelivery({
    database,
    ledger,
    evidence: noticeEvidence(database),
    sealingKeys: [SEALING_KEY],
    webhookSender: sender,
    mail: { url: mail.url, from: 'AI Credits <credits@ledger.example>' },
    publicUrl: 'https://credits.example',
    wallNow: () => Date.now(),
  });
  customer = await story.market.customer({ captions: { minutes: '3' } }, ['100']);
});
afterAll(async () => {
  delivery.close();
  await sender.close();
  await mail.stop();
  await story.close();
});

type Contact = z.infer<typeof contactAnswer>;

async function add(name: string, address: string): Promise<Contact> {
  return ok(await story.service.post(`${customer.url}/contacts`, { name, address }, customer.admin), contactAnswer);
}

async function find(contactId: string, secret = customer.admin): Promise<Contact> {
  const { items } = ok(await story.service.get(`${customer.url}/contacts`, secret), contactsAnswer);
  const found = items.find((contact) => contact.contactId === contactId);
  if (found === undefined) throw new Error('no such contact');
  return found;
}

/** The path of the newest link that was mailed to an address. */
function linkTo(address: string): string {
  const link = /https:\/\/credits\.example(\/contacts\/verify\?token=[\w.-]+)/.exec(readable(mail.to(address).at(-1) ?? { to: '', raw: '' }));
  if (link?.[1] === undefined) throw new Error(`no link was mailed to ${address}`);
  return link[1];
}

const press = (path: string) =>
  story.service.send('POST', path, '', { idempotencyKey: null, headers: { 'content-type': 'application/x-www-form-urlencoded' } });

describe('a contact', () => {
  it('is verified by the button behind the mailed link, and not by opening it', async () => {
    const { contactId, verifiedAt } = await add('Ann', 'ann@licensee.example');
    expect(verifiedAt).toBeNull();
    expect(await delivery.contactLinks.run()).toBe(1);
    expect(await delivery.contactLinks.run()).toBe(0);
    const [received] = mail.to('ann@licensee.example');
    expect(received?.raw).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(received?.raw).toMatch(/^Content-Type: multipart\/alternative/m);
    expect(readable(received ?? { to: '', raw: '' })).toContain('Acme Corp. named this address');

    const link = linkTo('ann@licensee.example');
    const page = await story.service.get(link);
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toContain('<button>Confirm the address</button>');
    expect((await find(contactId)).verifiedAt).toBeNull();
    expect((await press(link)).status).toBe(200);
    expect((await find(contactId)).verifiedAt).not.toBeNull();
  });

  it('is not verified by a link that was tampered with, is somebody else’s, or of an address that was removed', async () => {
    const { contactId } = await add('Ben', 'ben@licensee.example');
    await delivery.contactLinks.run();
    const link = linkTo('ben@licensee.example');
    for (const wrong of [`${link}x`, link.replace('.1.', '.2.'), '/contacts/verify?token=short', '/contacts/verify', `${link}&token=again`]) {
      expect([wrong, (await press(wrong)).status, (await story.service.get(wrong)).status]).toEqual([wrong, 404, 404]);
    }
    expect((await story.service.send('DELETE', `${customer.url}/contacts/${contactId}`, undefined, { secret: customer.admin })).status).toBe(204);
    expect((await press(link)).status).toBe(404);
    // What was personal is gone.
    const [row] = await story.service.database.query<object[]>('SELECT name, address FROM contact WHERE contact_id = $1', [contactId]);
    expect(row).toEqual({ name: null, address: null });
  });

  it('is a contact once, in whatever case; is replayed without being kept elsewhere; and is seen by no other licensee', async () => {
    const call = { secret: customer.admin, idempotencyKey: 'contact-1' };
    const body = { name: 'Cy', address: 'cy@licensee.example' };
    const first = ok(await story.service.post(`${customer.url}/contacts`, body, call), contactAnswer);
    const again = await story.service.post(`${customer.url}/contacts`, body, call);
    expect([again.headers['idempotency-replayed'], ok(again, contactAnswer)]).toEqual(['true', first]);
    expect(problem(await story.service.post(`${customer.url}/contacts`, { name: 'Cy', address: 'CY@licensee.example' }, customer.admin))).toMatchObject({
      code: 'contact-exists',
      pointer: '/address',
    });
    const kept = await story.service.database.query<{ answer: string }[]>(`SELECT answer::text AS answer FROM catalogue_request WHERE answer::text LIKE '%cy@%'`);
    expect(kept).toEqual([]);
    await story.service.database.query(`INSERT INTO licensee VALUES ('rival', 'Rival Inc.', now()) ON CONFLICT DO NOTHING`);
    const rival = await story.market.account();
    await story.service.database.query('SELECT 1');
    expect(codeOf(await story.service.get(`${customer.url}/contacts`, rival.admin))).toBe('account-not-found');
    expect(codeOf(await story.service.post(`${customer.url}/contacts/none/link`, undefined, customer.admin))).toBe('contact-not-found');
  });

  it.each(['nobody', 'a@b', 'a b@c.example', 'a@b@c.example', '"x"@c.example', 'a@c.example\r\nBcc: d@e.example', `${'a'.repeat(65)}@c.example`])('is refused as %j', async (address) => {
    expect(codeOf(await story.service.post(`${customer.url}/contacts`, { name: 'X', address }, customer.admin))).toBe('invalid-request');
  });

  it('whose address the mail server refuses is flagged as bounced, to both sides', async () => {
    mail.refuses.set('gone@licensee.example', 550);
    const { contactId } = await add('Dee', 'gone@licensee.example');
    await delivery.contactLinks.run();
    for (const secret of [customer.admin, story.market.operator]) {
      expect(await find(contactId, secret)).toMatchObject({ bounceStatus: 550, verifiedAt: null });
    }
    const events = await story.service.database.query<{ body: { type: string; data: object } }[]>(
      `SELECT body FROM outbox WHERE account_id = $1 AND type = 'contact.bounced'`,
      [customer.accountId],
    );
    expect(events.map(({ body }) => body.data)).toEqual([{ contactId, bouncedAt: expect.any(String), status: 550 }]);
    expect(JSON.stringify(events)).not.toContain('gone@');
    // Asked for again, with the address mended, it is a contact like any other.
    mail.refuses.clear();
    ok(await story.service.post(`${customer.url}/contacts/${contactId}/link`, undefined, customer.admin), contactAnswer);
    await delivery.contactLinks.run();
    await press(linkTo('gone@licensee.example'));
    expect(await find(contactId)).toMatchObject({ bouncedAt: null, bounceStatus: null });
  });

  it('gets the link later where the server is only busy', async () => {
    mail.refuses.set('busy@licensee.example', 451);
    const { contactId } = await add('Eve', 'busy@licensee.example');
    await delivery.contactLinks.run();
    expect(await find(contactId)).toMatchObject({ bouncedAt: null, linkSentAt: null });
    const [row] = await story.service.database.query<{ later: boolean }[]>('SELECT link_due_at > now() AS later FROM contact WHERE contact_id = $1', [contactId]);
    expect(row?.later).toBe(true);
  });

  it('is as many as there may be', async () => {
    await story.service.database.query(
      `INSERT INTO contact (licensee_id, contact_id, name, address, created_at) SELECT 'acme', 'many-' || n, 'Many', 'many' || n || '@licensee.example', now() FROM generate_series(1, 100) AS n`,
    );
    expect(codeOf(await story.service.post(`${customer.url}/contacts`, { name: 'X', address: 'x@licensee.example' }, customer.admin))).toBe('limit-reached');
    await story.service.database.query(`UPDATE contact SET removed_at = now(), name = NULL, address = NULL WHERE contact_id LIKE 'many-%'`);
  });
});
