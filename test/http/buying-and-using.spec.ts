import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, ok } from '../support/market.js';
import { TestService } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let market: Market;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

describe('an account that buys and uses credits', () => {
  it('pays, gets its credits, and spends them over two lots', async () => {
    const customer = await market.customer({ captions: { minutes: '3' } }, ['5', '100']);
    const booked = ok(await customer.debit('captions', { minutes: '2' }));
    expect(booked.balance).toEqual({ balance: '99.000000000', available: '99.000000000', held: '0.000000000' });
    expect(booked.entry).toMatchObject({ type: 'debit', credits: '6.000000000', feature: 'captions' });
    expect(booked.entry.postings).toHaveLength(2);
  });
});
