import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { KillableService } from '../support/killable-service.js';
import { MailServer, readable } from '../support/mail-server.js';
import { Market, type Customer } from '../support/market.js';
import { REDIS_IS_THERE, startRedis, type TestRedis } from '../support/redis.js';
import { TestService } from '../support/service.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

jest.setTimeout(180_000);

if (!REDIS_IS_THERE) process.stderr.write('\nLEFT OUT: there is no redis-server here, so the whole service was not tried with one (apt-get install redis-server).\n\n');
const BACKENDS = REDIS_IS_THERE ? (['PostgreSQL', 'Redis'] as const) : (['PostgreSQL'] as const);

/** The built service, put together as npm start does: one process that takes requests, relays and delivers. */
describe.each(BACKENDS)('the whole service, queue in %s', (kind) => {
  let database: FreshDatabase;
  let redis: TestRedis | null = null;
  let mail: MailServer;
  let receiver: WebhookReceiver;
  let service: KillableService;
  let customer: Customer;
  let admin: string;
  let backend: string;

  beforeAll(async () => {
    database = await freshDatabase();
    redis = kind === 'Redis' ? await startRedis() : null;
    mail = await MailServer.start();
    receiver = await WebhookReceiver.start();
    // The contract, and credits that are paid, made by a service that delivers nothing.
    const office = await TestService.start(database.writerUrl);
    customer = await (await Market.open(office)).customer({ images: { images: '1' } }, ['100']);
    await office.stop();
    service = await KillableService.start(database.writerUrl, {
      SMTP_URL: mail.url,
      MAIL_FROM: 'AI Credits <credits@licensor.example>',
      WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
      ...(redis === null ? {} : { REDIS_URL: redis.url }),
    });
    admin = await service.keyFor(database.ownerUrl, customer.accountId, ['account:admin']);
    backend = await service.keyFor(database.ownerUrl, customer.accountId);
  });
  afterAll(async () => {
    await service.stop();
    await Promise.all([mail.stop(), receiver.stop()]);
    await redis?.stop();
    await database.drop();
  });

  async function post<Body>(path: string, body: object, secret: string): Promise<Body> {
    const answer = await fetch(`${service.url}${customer.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${text}`);
    return JSON.parse(text) as Body;
  }
  async function until<Found>(find: () => Found | undefined, what: string): Promise<Found> {
    for (let tries = 0; tries < 3_000; tries += 1) {
      const found = find();
      if (found !== undefined) return found;
      await sleep(20);
    }
    throw new Error(`waited in vain for ${what}`);
  }

  it('brings a crossing from the debit to the mailbox, the signed webhook and the event stream', async () => {
    const { secret } = await post<{ secret: string }>('/webhooks', { url: receiver.url('/hook') }, admin);
    await post('/contacts', { name: 'Billing', address: 'billing@licensee.example' }, admin);
    const asked = await until(() => mail.to('billing@licensee.example')[0], 'the mail that verifies the address');
    const link = /https?:\/\/\S+\/contacts\/verify\?token=([\w.~-]+)/.exec(readable(asked))?.[1] ?? '';
    const verified = await fetch(`${service.url}/contacts/verify?token=${link}`, { method: 'POST' });
    expect(verified.status).toBe(200);

    const stopping = new AbortController();
    const stream = await fetch(`${service.url}${customer.url}/events`, { headers: { authorization: `Bearer ${backend}` }, signal: stopping.signal });
    let streamed = '';
    void (async () => {
      for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) streamed += Buffer.from(chunk).toString('utf8');
    })().catch(() => undefined);

    const { entry } = await post<{ entry: { seq: number } }>('/debits', { feature: 'images', usage: { images: '85' } }, backend);
    const hook = await until(() => receiver.at('/hook').find(({ body }) => body.includes('balance.below')), 'the webhook');
    const event = new Webhook(secret).verify(hook.body, hook.headers as Record<string, string>) as { id: string; seq: number; accountId: string; data: { balance: string } };
    expect(event).toMatchObject({ id: hook.headers['webhook-id'], seq: entry.seq, accountId: customer.accountId, data: { balance: '15.000000000' } });
    const told = await until(() => mail.to('billing@licensee.example').find((one) => readable(one).includes('Balance below')), 'the mail');
    expect(readable(told)).toContain('15 credits');
    expect(told.raw).toContain(event.id);
    await until(() => (streamed.includes(event.id) ? true : undefined), 'the event stream');
    stopping.abort();
  });

  it('reconciles the books when finance asks, in a process of its own', async () => {
    const finance = { authorization: `Bearer ${await service.keyFor(database.ownerUrl, null, ['finance'])}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const asked = await fetch(`${service.url}/v1/reconciliations`, { method: 'POST', headers: finance, body: '{}' });
    const { runId } = (await asked.json()) as { runId: string };
    let run: { state: string; report: unknown } = { state: 'queued', report: null };
    // At the lowest priority, beside whatever else this machine has to do.
    for (const end = Date.now() + 300_000; Date.now() < end && ['queued', 'running'].includes(run.state); ) {
      await sleep(100);
      run = (await (await fetch(`${service.url}/v1/reconciliations/${runId}`, { headers: finance })).json()) as typeof run;
    }
    expect(run).toMatchObject({ state: 'done', report: { accounts: '1', found: '0' } });
  }, 330_000);
});
