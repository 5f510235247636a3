import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { accountAnswer, balanceAsOfAnswer, bookedAnswer, entriesAnswer, entryWithMetadataAnswer, lotsAnswer } from '../../src/http/schemas/answers.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, codeOf, ok } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
const debits: z.infer<typeof bookedAnswer>[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '1' } }, ['10', '20', '30']);
  for (let i = 0; i < 12; i += 1) debits.push(ok(await customer.debit('captions', { minutes: '1' }, { metadata: { row: String(i) } }), bookedAnswer));
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

const get = <Schema extends z.ZodType>(path: string, schema: Schema) =>
  service.get(`${customer.url}${path}`, customer.admin).then((answer) => ok(answer, schema));

async function allPages(query: string): Promise<number[]> {
  const seqs: number[] = [];
  for (let cursor = ''; ; ) {
    const { items, nextCursor } = await get(`/entries?limit=4${query}${cursor}`, entriesAnswer);
    seqs.push(...items.map(({ seq }) => seq));
    if (nextCursor === null) return seqs;
    cursor = `&cursor=${nextCursor}`;
  }
}

describe('entries', () => {
  it('come in pages, newest or oldest first, each once', async () => {
    const { seq } = await get('', accountAnswer);
    const upwards = Array.from({ length: seq }, (_, i) => i + 1);
    expect(await allPages('&order=oldest')).toEqual(upwards);
    expect(await allPages('')).toEqual(upwards.toReversed());
  });

  it('keep their pages while new ones are booked', async () => {
    const first = await get('/entries?limit=3', entriesAnswer);
    ok(await customer.debit('captions', { minutes: '0' }), bookedAnswer);
    const second = await get(`/entries?limit=3&cursor=${first.nextCursor ?? ''}`, entriesAnswer);
    const last = first.items.at(-1)?.seq ?? 0;
    expect(second.items.map(({ seq }) => seq)).toEqual([last - 1, last - 2, last - 3]);
  });

  it('do not take the cursor of another list', async () => {
    const { nextCursor } = await get('/entries?limit=1', entriesAnswer);
    const answer = await service.get(`${customer.url}/entries?order=oldest&cursor=${nextCursor ?? ''}`, customer.admin);
    expect(codeOf(answer)).toBe('invalid-request');
  });

  it('are read as they were answered, with their metadata', async () => {
    const [booked] = debits;
    const read = await get(`/entries/${booked?.entry.seq ?? 0}`, entryWithMetadataAnswer);
    expect(read).toEqual({ ...booked, metadata: { row: '0' } });
  });
});

describe('the balance', () => {
  it('is known after every entry', async () => {
    for (const { entry, balance } of debits) {
      const read = await get(`/balance?seq=${entry.seq}`, balanceAsOfAnswer);
      expect(read).toEqual({ accountId: customer.accountId, seq: entry.seq, recordedAt: entry.recordedAt, ...balance });
    }
    expect(codeOf(await service.get(`${customer.url}/balance?seq=99999`, customer.admin))).toBe('entry-not-found');
  });

  it('is known as of every instant: after the newest entry recorded by then', async () => {
    const entries = (await get('/entries?limit=200&order=oldest', entriesAnswer)).items;
    const instants = entries.flatMap(({ recordedAt }) => [-1, 0, 1].map((ms) => Date.parse(recordedAt) + ms));
    for (const instant of [...instants, 0, Date.UTC(2100, 0, 1)]) {
      const newest = entries.filter(({ recordedAt }) => Date.parse(recordedAt) <= instant).at(-1);
      const read = await get(`/balance?at=${new Date(instant).toISOString()}`, balanceAsOfAnswer);
      expect([instant, read.seq]).toEqual([instant, newest?.seq ?? 0]);
    }
    expect(await get('/balance?at=1999-01-01T00:00:00Z', balanceAsOfAnswer)).toMatchObject({ seq: 0, recordedAt: null, balance: '0.000000000' });
  });

  it('of an account without entries is nothing', async () => {
    const empty = await market.account();
    const read = ok(await service.get(`${empty.url}/balance`, empty.admin), balanceAsOfAnswer);
    expect(read).toEqual({ accountId: empty.accountId, seq: 0, recordedAt: null, balance: '0.000000000', available: '0.000000000', held: '0.000000000' });
  });

  it('is asked for one way at a time', async () => {
    expect(codeOf(await service.get(`${customer.url}/balance?seq=1&at=2026-01-01T00:00:00Z`, customer.admin))).toBe('invalid-request');
  });
});

describe('lots', () => {
  it('come in pages, open or used up', async () => {
    const first = await get('/lots?limit=2', lotsAnswer);
    const second = await get(`/lots?limit=2&cursor=${first.nextCursor ?? ''}`, lotsAnswer);
    expect([...first.items, ...second.items].map(({ issued }) => issued)).toEqual(['10.000000000', '20.000000000', '30.000000000']);
    expect(second.nextCursor).toBeNull();
    expect((await get('/lots?open=false', lotsAnswer)).items.map(({ consumed }) => consumed)).toEqual(['10.000000000']);
    expect((await get('/lots?open=true', lotsAnswer)).items.map(({ available }) => available)).toEqual(['18.000000000', '30.000000000']);
  });
});

it.each(['', '/order-forms', '/order-forms/x', '/notices', '/purchases', '/purchases/x', '/balance', '/balance?seq=1', '/lots', '/entries', '/entries/1', '/entries/1/explanation'])(
  'an account that does not exist has no %s',
  async (path) => {
    expect(codeOf(await service.get(`/v1/accounts/${randomUUID()}${path}`, market.operator))).toBe('account-not-found');
  },
);
