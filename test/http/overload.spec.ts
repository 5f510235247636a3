import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PlainPool } from '../../bench/load/plain-pool.js';
import { openIdle } from '../../bench/load/idle-connections.js';
import { problemAnswer } from '../../src/http/schemas/answers.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService } from '../support/service.js';

const AT_ONCE = 8;
/** Both ends of each are here: where a process may have fewer open files, fewer are opened, and the name of the test says so. */
const FILES = Number(/^Max open files\s+(\d+)/m.exec(existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : '')?.[1] ?? 4_096);
const IDLE = Math.min(5_000, Math.floor(FILES / 2) - 500);

let database: FreshDatabase;
let service: TestService;
let customer: Customer;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl, { parts: { requestsAtOnce: AT_ONCE } });
  customer = await (await Market.open(service)).customer({ captions: { minutes: '3' } }, ['100000']);
  await service.app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  expect(service.failures).toEqual([]);
  await service.stop();
  await database.drop();
});

const BODY = '{"feature":"captions","usage":{"minutes":"1"}}';
const debit = (body = BODY): string =>
  `POST ${customer.url}/debits HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${customer.backend}\r\nidempotency-key: ${randomUUID()}\r\n` +
  `content-type: application/json\r\ncontent-length: ${String(BODY.length)}\r\n\r\n${body}`;

function dial(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => { resolve(socket); });
    socket.once('error', reject);
  });
}

/** All that comes until the connection ends. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

/** Debits of somebody else meanwhile: how long the slowest of them took, in milliseconds. */
async function othersAreServed(): Promise<number> {
  const pool = await PlainPool.open(service.url, 4);
  let slowest = 0;
  try {
    for (let i = 0; i < 25; i += 1) {
      const begun = performance.now();
      for (const { status } of await Promise.all(Array.from({ length: 4 }, () => pool.send(debit())))) expect(status).toBe(201);
      slowest = Math.max(slowest, performance.now() - begun);
    }
  } finally {
    pool.close();
  }
  return slowest;
}

async function booked(): Promise<number> {
  const [row] = await service.database.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM entry WHERE type = 'debit'`);
  return row?.n ?? -1;
}

describe('more requests at once than the service takes', () => {
  it('are sent away with 503 and Retry-After, book nothing, and what is taken is answered', async () => {
    const before = await booked();
    const pool = await PlainPool.open(service.url, 20 * AT_ONCE);
    const answers = await Promise.all(Array.from({ length: 20 * AT_ONCE }, () => pool.send(debit())));
    pool.close();
    const taken = answers.filter(({ status }) => status === 201);
    const sentAway = answers.filter(({ status }) => status === 503);
    expect(taken.length + sentAway.length).toBe(answers.length);
    expect(taken.length).toBeGreaterThanOrEqual(AT_ONCE);
    expect(sentAway.length).toBeGreaterThan(0);
    for (const { head } of sentAway) expect(head).toMatch(/\r\nretry-after: 1\r\n/);
    expect(await booked()).toBe(before + taken.length);
    expect(await othersAreServed()).toBeLessThan(5_000);
  });

  it('are told so before anything of them is read, by a problem; health is told all the same; the connection goes on', async () => {
    const halves = await Promise.all(Array.from({ length: AT_ONCE }, dial));
    for (const socket of halves) socket.write(debit(BODY.slice(0, 10)));
    await sleep(200);
    const socket = await dial();
    socket.write(`${debit()}GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    const text = await readAll(socket);
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect(problemAnswer.parse(JSON.parse(/\{.*?\}/s.exec(text)?.[0] ?? '')).code).toBe('overloaded');
    expect(text).toMatch(/\}HTTP\/1\.1 200 /);
    // Whoever gives up makes room.
    for (const half of halves) half.destroy();
    await sleep(200);
    expect(await othersAreServed()).toBeLessThan(5_000);
  });
});

describe('other clients are served as always beside', () => {
  it('one that sends a byte now and then', async () => {
    const slow = await dial();
    const answer = readAll(slow);
    const request = debit().replace('host: x', 'host: x\r\nconnection: close');
    const others = othersAreServed();
    for (let at = 0; at < request.length; at += 40) {
      slow.write(request.slice(at, at + 40));
      await sleep(10);
    }
    expect(await others).toBeLessThan(5_000);
    expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('some that ask for more than they read', async () => {
    const deaf = await Promise.all(Array.from({ length: AT_ONCE / 2 }, dial));
    const ask = `GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(200);
    const before = process.memoryUsage.rss();
    for (const socket of deaf) socket.pause().write(ask);
    expect(await othersAreServed()).toBeLessThan(5_000);
    // Answers that nobody takes are not heaped up: all of them would be more than this by far.
    expect(process.memoryUsage.rss() - before).toBeLessThan(400e6);
    for (const socket of deaf) socket.destroy();
    await sleep(100);
    expect(await othersAreServed()).toBeLessThan(5_000);
  });

  it(`${IDLE.toLocaleString('en-US')} that are connected and say nothing`, async () => {
    const idle = await openIdle(service.url, IDLE);
    try {
      expect(await othersAreServed()).toBeLessThan(5_000);
    } finally {
      idle.close();
    }
  });
});
