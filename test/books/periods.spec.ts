import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { bookedAnswer } from '../../src/http/schemas/answers.js';
import { closedBooksAnswer, periodsAnswer } from '../../src/http/schemas/books.js';
import { actAnswer } from '../../src/http/schemas/correcting.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok, type Answer } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(60_000);

let story: Story;
let customer: Customer;

beforeAll(async () => {
  story = await Story.open();
  customer = await story.market.customer({ captions: { minutes: '3' } }, ['100']);
});

afterAll(() => story.close());

const close = (through: string, of = customer): Promise<Answer> => story.service.post(`${of.url}/periods/closure`, { through }, story.market.finance);
const reopen = (through: string): Promise<Answer> =>
  story.service.post(`${customer.url}/periods/reopening`, { through, reason: 'An invoice was missing' }, story.market.operator);
const periods = async (): Promise<(readonly [from: string | null, through: string | null, state: string])[]> =>
  ok(await story.service.get(`${customer.url}/periods`, customer.admin), periodsAnswer).items.map(({ from, through, state }) => [from, through, state] as const);

it('begins with the Term, and is closed once it is over', async () => {
  expect(await periods()).toEqual([['2020-01-01', null, 'open']]);
  expect(codeOf(await close(await story.day()))).toBe('period-not-over');
  const yesterday = await story.day(-1);
  const { entry } = ok(await close(yesterday), bookedAnswer);
  expect(entry).toMatchObject({ type: 'period-closed', subject: yesterday, detail: { from: null, through: yesterday }, postings: [] });
  expect(await periods()).toEqual([
    ['2020-01-01', yesterday, 'closed'],
    [await story.day(), null, 'open'],
  ]);
  expect(codeOf(await close(await story.day(-2)))).toBe('period-closed');
  expect(codeOf(await close('2026-02-30'))).toBe('invalid-request');
  expect(codeOf(await close('2026-01-01', await story.market.account()))).toBe('order-form-not-found');
});

it('takes late usage into the open period, which says so, and leaves the time of the usage as it was', async () => {
  const today = await story.day();
  const late = await story.use(customer, 'captions', { minutes: '1' }, { mode: 'record', occurredAt: `${await story.day(-9)}T12:00:00Z` });
  expect(late).toMatchObject({ accountingDate: today, occurredAt: `${await story.day(-9)}T12:00:00.000Z`, detail: { lateFor: await story.day(-9) } });
  const now = await story.use(customer, 'captions', { minutes: '1' });
  expect(now.accountingDate).toBe(today);
  expect(now.detail).not.toHaveProperty('lateFor');
});

it('books late usage to the first day of the open period, however late it is', async () => {
  const firstOpen = await story.day();
  await story.advanceDays(12);
  const late = await story.use(customer, 'captions', { minutes: '1' }, { mode: 'record', occurredAt: `${await story.day(-20)}T12:00:00Z` });
  expect(late).toMatchObject({ accountingDate: firstOpen, detail: { lateFor: await story.day(-20) } });
  const inTime = await story.use(customer, 'captions', { minutes: '1' }, { mode: 'record', occurredAt: `${await story.day(-5)}T12:00:00Z` });
  expect(inTime).toMatchObject({ accountingDate: await story.day(-5) });
});

it('is reopened by two operators, with all that come after it', async () => {
  const [first, second] = [(await periods())[0]?.[1] ?? '', await story.day(-1)];
  ok(await close(second), bookedAnswer);
  expect(codeOf(await reopen(await story.day(-3)))).toBe('period-not-found');
  const act = ok(await reopen(first), actAnswer);
  expect(act).toMatchObject({ kind: 'period-reopening', state: 'pending' });
  const confirm = (secret: string): Promise<Answer> => story.service.post(`/v1/acts/${act.actId}/confirmation`, {}, secret);
  expect(codeOf(await confirm(story.market.operator))).toBe('second-operator-required');
  expect((await periods())[1]?.[1]).toBe(second);
  const other = await story.service.key(['operator']);
  const { entry } = ok(await confirm(other), bookedAnswer);
  expect(entry).toMatchObject({ type: 'period-reopened', subject: first, detail: { closedThrough: null, reason: 'An invoice was missing', through: first } });
  expect(await periods()).toEqual([['2020-01-01', null, 'open']]);
  const again = await story.use(customer, 'captions', { minutes: '1' }, { mode: 'record', occurredAt: `${await story.day(-20)}T12:00:00Z` });
  expect(again).toMatchObject({ accountingDate: await story.day(-20) });
});

it('is closed for all accounts at once, also of closed accounts, and the same request goes on where it was', async () => {
  const ended = await story.market.customer({ captions: { minutes: '3' } }, ['1']);
  ok(await story.service.post(`${ended.url}/closure`, { reason: 'Contract ended' }, story.market.operator), bookedAnswer);
  const through = await story.day(-1);
  const call = { secret: story.market.finance, idempotencyKey: 'close-books-1' };
  const all = ok(await story.service.post('/v1/periods/closure', { through }, call), closedBooksAnswer);
  expect(all).toEqual({ through, closed: 2, left: { 'order-form-not-found': 1 } });
  expect(ok(await story.service.post('/v1/periods/closure', { through }, call), closedBooksAnswer)).toEqual(all);
  expect(ok(await story.service.post('/v1/periods/closure', { through }, story.market.finance), closedBooksAnswer)).toEqual({
    through,
    closed: 0,
    left: { 'order-form-not-found': 1, 'period-closed': 2 },
  });
});
