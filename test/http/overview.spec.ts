import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { amount, formatCredits, ZERO } from '../../src/domain/credits.js';
import { bookedAnswer, entriesAnswer, rateVersionsAnswer } from '../../src/http/schemas/answers.js';
import { burnAnswer, overviewAnswer } from '../../src/http/schemas/overview.js';
import { foldActivity } from '../../src/postgres/reads/activity.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok } from '../support/service.js';
import { Story, plusDays } from '../support/story.js';

let story: Story;
let customer: Customer;
let began: string;

beforeAll(async () => {
  story = await Story.open();
  began = await story.day();
  const form = { termStart: began, termEnd: plusDays(began, 60), suspendAtBalance: '5' };
  customer = await story.market.customer({ captions: { minutes: '3' }, avatars: { seconds: '0.5', images: '0' } }, ['100'], form);
});

afterAll(() => story.close());

async function overview(of = customer): Promise<z.infer<typeof overviewAnswer>> {
  return ok(await story.service.get(`${of.url}/overview`, of.admin), overviewAnswer);
}

async function burn(from: string, through: string): Promise<z.infer<typeof burnAnswer>> {
  return ok(await story.service.get(`${customer.url}/burn?from=${from}&through=${through}`, customer.admin), burnAnswer);
}

async function page(query: string): Promise<z.infer<typeof entriesAnswer>> {
  return ok(await story.service.get(`${customer.url}/entries?${query}`, customer.admin), entriesAnswer);
}

it('says what a new account has, and what that buys at the rates of its lots', async () => {
  expect(await overview()).toMatchObject({
    status: 'active',
    reasons: [],
    since: null,
    suspendAtBalance: '5.000000000',
    balance: { balance: '100.000000000', available: '100.000000000', held: '0.000000000' },
    term: { from: began, through: plusDays(began, 60), state: 'running', daysLeft: 60, consumed: '0.000000000' },
    runway: null,
    buys: [
      { feature: 'captions', meter: 'minutes', quantity: '33.333333333' },
      { feature: 'avatars', meter: 'seconds', quantity: '200' },
      { feature: 'avatars', meter: 'images', quantity: null },
    ],
  });
});

it('agrees with lots and entries on what was consumed, day by day, also after captures and reversals', async () => {
  const first = await story.use(customer, 'captions', { minutes: '4' });
  await story.advanceDays(1);
  await story.use(customer, 'avatars', { seconds: '10' });
  await story.hold(customer, 'hold-1', { feature: 'captions', usage: { minutes: '3' } });
  await story.capture(customer, 'hold-1', { minutes: '2' });
  await story.advanceDays(1);
  ok(await story.service.post(`${customer.url}/entries/${String(first.seq)}/reversal`, { share: '0.5', reason: 'Half of it failed.' }, story.market.operator), bookedAnswer);
  const days = await burn(began, plusDays(began, 3));
  expect(days.days.map(({ credits }) => credits)).toEqual(['12.000000000', '11.000000000', '-6.000000000', '0.000000000']);
  expect(days.features).toEqual([
    { feature: 'captions', credits: '12.000000000', unfunded: '0.000000000', actions: 2 },
    { feature: 'avatars', credits: '5.000000000', unfunded: '0.000000000', actions: 1 },
  ]);
  const consumed = (await story.lots(customer)).reduce((sum, lot) => sum.add(amount(lot.consumed)), ZERO);
  expect([days.total, (await overview()).term?.consumed]).toEqual([formatCredits(consumed), formatCredits(consumed)]);
});

it('reckons the runway from the use of whole days: the fastest pace and the slowest', async () => {
  // Two days of use, 12 and 11, and one that gave 6 back: 17 over three days once today is over.
  await story.advanceDays(1);
  const { runway, balance } = await overview();
  expect(balance.balance).toBe('83.000000000');
  expect(runway).toMatchObject({ leastDays: 14, mostDays: 14, paces: [{ days: 3, perDay: '5.666666667' }] });
  await story.use(customer, 'avatars', { seconds: '1' });
  await story.advanceDays(8);
  // Of the last seven days none had use: only the longer pace counts, over 11 days.
  expect((await overview()).runway).toMatchObject({ leastDays: 51, mostDays: 51, paces: [{ days: 11 }] });
});

it('says why an account is suspended, since when, and that it is short', async () => {
  await story.use(customer, 'avatars', { seconds: '156' });
  const { status, reasons, since, suspension } = await overview();
  expect([status, reasons, suspension]).toEqual(['suspended', ['credits-suspended'], null]);
  expect(Date.parse(since ?? '')).toBeGreaterThan(Date.parse(began));
  await story.service.post(`${customer.url}/suspension`, { reason: 'A check', reference: 'CASE-1' }, story.market.operator);
  expect((await overview()).suspension).toEqual({ reason: 'A check', reference: 'CASE-1' });
});

it('filters entries by feature, type, hold, and time, page by page, with the balance after each', async () => {
  const all = (await page('order=oldest&limit=200')).items;
  const debits = all.filter(({ type, feature }) => type === 'debit' && feature === 'avatars').map(({ seq }) => seq);
  const first = await page('feature=avatars&type=debit&order=oldest&limit=2');
  const second = await page(`feature=avatars&type=debit&order=oldest&limit=2&cursor=${first.nextCursor ?? ''}`);
  expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual(debits);
  expect(second.nextCursor).toBeNull();
  expect((await page('feature=avatars&type=debit')).items.map(({ seq }) => seq)).toEqual([...debits].reverse());
  expect((await page('holdId=hold-1')).items.map(({ type }) => type)).toEqual(['capture', 'hold']);
  const [middle] = (await page('type=capture')).items;
  const around = await page(`from=${middle?.recordedAt ?? ''}&until=${new Date(Date.parse(middle?.recordedAt ?? '') + 1).toISOString()}`);
  expect(around.items.map(({ seq }) => seq)).toContain(middle?.seq);
  expect((await page(`until=${middle?.recordedAt ?? ''}`)).items.every(({ seq }) => seq < (middle?.seq ?? 0))).toBe(true);
  expect((await page(`from=${began}T00:00:00Z&order=oldest`)).items.length).toBeGreaterThan(5);
  expect((await page('feature=nonsense')).items).toEqual([]);
  expect(all.at(-1)?.balance.balance).toBe((await overview()).balance.balance);
});

it('folds every entry once, however often and by however many at a time', async () => {
  await Promise.all(Array.from({ length: 6 }, () => foldActivity(story.service.database, customer.accountId)));
  const [counted] = await story.service.database.query<{ entries: string }[]>('SELECT sum(entries) AS entries FROM activity WHERE account_id = $1', [customer.accountId]);
  expect(Number(counted?.entries)).toBe((await page('limit=200')).items.length);
});

it('lists the rate versions that concern the account, and no others', async () => {
  const { items } = ok(await story.service.get(`${customer.url}/rate-versions`, customer.admin), rateVersionsAnswer);
  expect(items.map(({ version }) => version)).toEqual([1]);
});

it('refuses a period that is none', async () => {
  expect(codeOf(await story.service.get(`${customer.url}/burn?from=2026-02-01&through=2026-01-01`, customer.admin))).toBe('invalid-request');
  expect(codeOf(await story.service.get(`${customer.url}/burn?from=2020-01-01&through=2026-01-01`, customer.admin))).toBe('invalid-request');
});
