import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventDraft, LedgerEvent } from '../../src/domain/event.js';
import { eventAnswer } from '../../src/http/schemas/events.js';
import { appendEvent } from '../../src/postgres/catalogue/append-event.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let other: TestService;
let market: Market;
let customer: Customer;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { parts: { streams: { everyMs: 50, perKey: 4, waitingBytes: 65_536, patienceMs: 1_000, heartbeatMs: 500 } } });
  other = await TestService.start(database.writerUrl);
  for (const one of [service, other]) await one.app.listen({ host: '127.0.0.1', port: 0 });
  market = await Market.open(service);
  customer = await market.account();
});
afterAll(async () => {
  expect([service.failures, other.failures]).toEqual([[], []]);
  await Promise.all([service.stop(), other.stop()]);
  await database.drop();
});

const route = { mail: [], webhooks: false } as const;
const unfunded = (credits: string): EventDraft => ({ type: 'usage.unfunded', ruleId: null, route, data: { feature: 'captions', credits, balance: '0.000000000' } });
const append = (draft: EventDraft, accountId = customer.accountId): Promise<LedgerEvent> =>
  service.database.transaction((manager) => appendEvent(manager, accountId, draft));

interface Seen {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** A client of the stream, over a real connection. */
class Client {
  readonly seen: Seen[] = [];
  comments = 0;
  ended = false;

  private constructor(
    private readonly stopping: AbortController,
    readonly status: number,
  ) {}

  static async open(at: TestService, secret: string, lastEventId?: string, accountId = customer.accountId): Promise<Client> {
    const stopping = new AbortController();
    const answer = await fetch(`${at.url}/v1/accounts/${accountId}/events`, {
      headers: { authorization: `Bearer ${secret}`, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
      signal: stopping.signal,
    });
    const client = new Client(stopping, answer.status);
    if (answer.ok) expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    void client.read(answer.body as unknown as AsyncIterable<Uint8Array>);
    return client;
  }

  /** When a place that was given up is free again, which the service hears of a moment later. */
  static async openWhenFree(secret: string): Promise<Client> {
    let client = await Client.open(service, secret);
    for (let tries = 0; client.status === 429 && tries < 100; tries += 1) {
      await sleep(100);
      client = await Client.open(service, secret);
    }
    expect(client.status).toBe(200);
    return client;
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of body) {
        const blocks = (rest + Buffer.from(chunk).toString('utf8')).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.take(block);
      }
    } catch {
      // It was stopped.
    }
    this.ended = true;
  }

  private take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const));
    if (fields.has('')) this.comments += 1;
    if (fields.has('id')) this.seen.push({ id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(fields.get('data') ?? '') as unknown });
  }

  async until(holds: (client: Client) => boolean): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (!holds(this)) {
      if (performance.now() > deadline) throw new Error(`waited for the stream in vain; it had ${this.seen.length} events`);
      await sleep(10);
    }
  }

  close(): void {
    this.stopping.abort();
  }
}

describe('the event stream', () => {
  it('begins now, and brings what happens, each once, in order and as documented', async () => {
    await append(unfunded('1.000000000'));
    const client = await Client.open(service, customer.backend);
    const sent = [await append(unfunded('2.000000000')), await append(unfunded('3.000000000'))];
    await client.until(({ seen }) => seen.length === 2);
    expect(client.seen.map(({ id }) => id)).toEqual(sent.map(({ id }) => id));
    expect(client.seen.map(({ event }) => event)).toEqual(['usage.unfunded', 'usage.unfunded']);
    for (const { data } of client.seen) expect(eventAnswer.parse(data)).toEqual(data);
    await client.until(({ comments }) => comments > 0);
    expect(client.seen).toHaveLength(2);
    client.close();
  });

  it('goes on after the last event that was received, also on another instance', async () => {
    const first = await append(unfunded('4.000000000'));
    const missed = [await append(unfunded('5.000000000')), await append(unfunded('6.000000000'))];
    const client = await Client.open(other, customer.backend, first.id);
    await client.until(({ seen }) => seen.length === 2);
    missed.push(await append(unfunded('7.000000000')));
    await client.until(({ seen }) => seen.length === 3);
    expect(client.seen.map(({ id }) => id)).toEqual(missed.map(({ id }) => id));
    client.close();
  });

  it('knows no event of another account, and shows none', async () => {
    const rival = await market.account();
    const theirs = await append(unfunded('8.000000000'), rival.accountId);
    const headers = (id: string) => ({ secret: customer.backend, headers: { 'last-event-id': id } });
    for (const id of [theirs.id, 'not-an-id', '0'.repeat(36)]) expect(codeOf(await service.send('GET', `${customer.url}/events`, undefined, headers(id)))).toBe('invalid-request');
    expect(codeOf(await service.get(`${customer.url}/events`, rival.backend))).toBe('account-not-found');
    const client = await Client.open(service, customer.admin);
    await append(unfunded('9.000000000'), rival.accountId);
    const ours = await append(unfunded('10.000000000'));
    await client.until(({ seen }) => seen.length === 1);
    expect(client.seen[0]?.id).toBe(ours.id);
    client.close();
  });

  it('says the number of the newest entry where it is asked to, at once and whenever there is a newer one', async () => {
    const heads: number[] = [];
    const stopping = new AbortController();
    const answer = await fetch(`${service.url}${customer.url}/events?heads=true`, { headers: { authorization: `Bearer ${customer.backend}` }, signal: stopping.signal });
    const read = async (): Promise<void> => {
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
        for (const [, seq] of Buffer.from(chunk).toString('utf8').matchAll(/^event: head\ndata: \{"seq":(\d+)\}$/gm)) heads.push(Number(seq));
      }
    };
    void read().catch(() => undefined);
    const until = async (holds: () => boolean): Promise<void> => {
      const deadline = performance.now() + 30_000;
      while (!holds()) {
        if (performance.now() > deadline) throw new Error(`waited in vain: ${heads.join(' ')}`);
        await sleep(10);
      }
    };
    await until(() => heads.length === 1);
    const [first = 0] = heads;
    expect((await service.post(`${customer.url}/suspension`, { reason: 'Of the test', reference: 'case 1' }, market.operator)).status).toBe(201);
    expect((await service.post(`${customer.url}/resumption`, { reason: 'Of the test' }, market.operator)).status).toBe(201);
    await until(() => (heads.at(-1) ?? 0) >= first + 2);
    expect([...heads].sort((a, b) => a - b)).toEqual(heads);
    expect(codeOf(await service.get(`${customer.url}/events?heads=perhaps`, customer.backend))).toBe('invalid-request');
    stopping.abort();
  });

  it('keeps no place for a client that left before its stream began', async () => {
    const secret = await service.key(['account:read'], customer.accountId);
    const { port } = new URL(service.url);
    for (let i = 0; i < 12; i += 1) {
      const socket = connect(Number(port), '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.write(`GET ${customer.url}/events HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${secret}\r\n\r\n`);
      await sleep(i % 4);
      socket.destroy();
    }
    (await Client.openWhenFree(secret)).close();
  });

  it('ends within two seconds of the end of its key, and gives a key no more streams than there may be', async () => {
    const secret = await service.key(['account:read'], customer.accountId);
    const clients = [];
    for (let i = 0; i < 4; i += 1) clients.push(await Client.open(service, secret));
    expect(codeOf(await service.get(`${customer.url}/events`, secret))).toBe('rate-limited');
    clients.pop()?.close();
    clients.push(await Client.openWhenFree(secret));
    await service.database.query(`UPDATE api_key SET revoked_at = now() WHERE key_id = (SELECT max(key_id) FROM api_key WHERE scopes = '{account:read}')`);
    const began = performance.now();
    for (const client of clients) await client.until(({ ended }) => ended);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('cuts a client that does not read', async () => {
    const socket: Socket = connect({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
    socket.write(`GET ${customer.url}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${customer.backend}\r\n\r\n`);
    await new Promise((resolve) => socket.once('readable', resolve));
    let cut = false;
    socket.on('close', () => (cut = true));
    socket.on('error', () => (cut = true));
    const text = 'x'.repeat(18_000);
    const notice: EventDraft = { type: 'rates.announced', ruleId: null, route, data: { noticeId: 'n', cardId: 'c', version: 2, effectiveDate: '2027-01-01', text } };
    const first = await append(notice);
    // Seven megabytes: more than the kernel keeps for anybody.
    await service.database.query(
      `INSERT INTO outbox (account_id, seq, ordinal, id, licensee_id, type, body, at)
       SELECT account_id, seq, ordinal + n, gen_random_uuid(), licensee_id, type, body || jsonb_build_object('ordinal', ordinal + n), at
         FROM outbox, generate_series(1, 400) AS n WHERE id = $1`,
      [first.id],
    );
    // A client that reads gets all of it meanwhile.
    const reader = await Client.open(service, customer.admin, first.id);
    await reader.until(({ seen }) => seen.length === 400);
    reader.close();
    await sleep(500);
    socket.resume();
    const wasCut = (): boolean => cut;
    for (let i = 0; i < 500 && !wasCut(); i += 1) await sleep(20);
    expect(wasCut()).toBe(true);
  });

  it('ends when the service does: its clients go on elsewhere', async () => {
    const third = await TestService.start(database.writerUrl);
    await third.app.listen({ host: '127.0.0.1', port: 0 });
    const client = await Client.open(third, customer.admin);
    await third.stop();
    await client.until(({ ended }) => ended);
  });
});
