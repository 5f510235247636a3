import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';
import type { z } from 'zod';
import { bookedAnswer } from '../../src/http/schemas/answers.js';
import { statementAnswer } from '../../src/http/schemas/books.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(120_000);

type Statement = z.infer<typeof statementAnswer>;
const FORMATS = ['json', 'csv', 'xlsx', 'pdf'] as const;

let story: Story;
let customer: Customer;
let first: string;
let second: string;
/** The first period in every format, as it was drawn before anything else happened. */
let drawn: Buffer[];

const raw = async (through: string, format: string): Promise<Buffer> => {
  const answer = await story.service.app.inject({
    url: `${customer.url}/statements/${through}?format=${format}`,
    headers: { authorization: `Bearer ${customer.admin}` },
  });
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.rawPayload;
};
const statement = async (through: string): Promise<Statement> => ok(await story.service.get(`${customer.url}/statements/${through}`, customer.admin), statementAnswer);
const close = async (): Promise<string> => {
  const through = await story.day();
  await story.advanceDays(1);
  ok(await story.service.post(`${customer.url}/periods/closure`, { through }, story.market.finance), bookedAnswer);
  return through;
};

beforeAll(async () => {
  story = await Story.open();
  customer = await story.market.customer({ captions: { minutes: '3' }, avatars: { minutes: '1' } }, ['10', '0.1']);
  await story.use(customer, 'captions', { minutes: '1' });
  const debit = await story.use(customer, 'avatars', { minutes: '2' });
  ok(await story.service.post(`${customer.url}/entries/${debit.seq}/reversal`, { share: '0.5', reason: 'test' }, story.market.operator), bookedAnswer);
  await story.hold(customer, 'h-1', { feature: 'captions', credits: '2', ttlSeconds: '80000' });
  first = await close();
  drawn = await Promise.all(FORMATS.map((format) => raw(first, format)));
});

afterAll(() => story.close());

describe('the statement of a period', () => {
  it('opens with nothing, and comes to its closing line by line, in credits and in money', async () => {
    const { credits, money, features, purchases, lots, period, rates } = await statement(first);
    expect(period).toMatchObject({ from: '2020-01-01', through: first, state: 'closed', timeZone: 'UTC' });
    expect(credits).toMatchObject({ opening: '0.000000000', purchases: '10.100000000', debits: '-5.000000000', reversals: '1.000000000', closing: '6.100000000' });
    expect(money).toEqual([{ currency: 'EUR', lines: expect.objectContaining({ opening: '0.00', purchases: '1.01', debits: '-0.50', reversals: '0.10', closing: '0.61' }) as unknown }]);
    expect(features).toEqual([
      { feature: 'avatars', actions: 1, credits: '2.000000000', money: [{ currency: 'EUR', amount: '0.20' }] },
      { feature: 'captions', actions: 1, credits: '3.000000000', money: [{ currency: 'EUR', amount: '0.30' }] },
    ]);
    expect(purchases.map(({ price, unitPrice, credits: bought }) => [bought, unitPrice, price])).toEqual([
      ['10.000000000', '0.1', '1.00'],
      ['0.100000000', '0.1', '0.01'],
    ]);
    expect(lots[0]).toMatchObject({ kind: 'purchase', held: '2.000000000', frozen: '0.000000000', lines: { closing: '6.000000000' } });
    expect(rates[0]?.features.map(({ feature }) => feature)).toEqual(['captions', 'avatars']);
  });

  it('goes on where the one before it closed, and tells what came late', async () => {
    const late = await story.use(customer, 'captions', { minutes: '0.5' }, { mode: 'record', occurredAt: `${first}T23:59:59Z` });
    expect(late.accountingDate > first).toBe(true);
    const open = await statement('open');
    expect(open).toMatchObject({ period: { through: null, state: 'open' }, lateEntries: 1, credits: { opening: '6.100000000', debits: '-1.500000000', closing: '4.600000000' } });
    second = await close();
    expect(await statement(second)).toMatchObject({ ...open, period: { ...open.period, through: second, state: 'closed', seq: expect.any(Number) as unknown } });
  });

  it('has what was granted without money, and what unfunded usage is, apart', async () => {
    const grant = { kind: 'promotional', credits: '1', reason: 'test' };
    ok(await story.service.post(`${customer.url}/grants`, grant, story.market.operator), bookedAnswer.extend({ lotId: bookedAnswer.shape.entry.shape.seq }));
    await story.use(customer, 'captions', { minutes: '40' }, { mode: 'record' });
    const open = await statement('open');
    expect(open.credits).toMatchObject({ grants: '1.000000000' });
    expect(open.lots.find(({ kind }) => kind === 'promotional')?.money).toBeNull();
    expect(Number(open.unfunded)).toBeGreaterThan(100);
    expect(open.money[0]?.lines.grants).toBe('0.00');
  });

  it('is the same bytes, in every format, whatever was booked since', async () => {
    await story.advanceDays(400);
    await customer.buy('7');
    // Not even an order form of another zone changes it.
    await customer.sign(await story.market.card({ captions: { minutes: '3' } }), ['captions'], { timeZone: 'Asia/Tokyo', signedOn: await story.day() });
    await story.use(customer, 'captions', { minutes: '1' }, { mode: 'record', occurredAt: `${first}T13:00:00Z` });
    const again = await Promise.all(FORMATS.map((format) => raw(first, format)));
    again.forEach((bytes, i) => {
      expect([FORMATS[i], bytes.equals(drawn[i] as Buffer)]).toEqual([FORMATS[i], true]);
    });
  });

  it('is refused where there is none', async () => {
    const get = (url: string): Promise<string> => story.service.get(url, story.market.finance).then(codeOf);
    expect(await get(`${customer.url}/statements/2026-02-29`)).toBe('period-not-found');
    expect(await get(`${(await story.market.account()).url}/statements/open`)).toBe('period-not-found');
    expect(await get('/v1/accounts/nobody/statements/open')).toBe('account-not-found');
    expect(await get(`${customer.url}/statements/open?format=doc`)).toBe('invalid-request');
  });
});

describe('its files', () => {
  it('a list with one figure a line', () => {
    const lines = String(drawn[1]).split('\r\n');
    expect(lines[0]).toBe('section,item,line,unit,value');
    expect(lines).toContain('credits,,closing,credits,6.100000000');
    expect(lines).toContain('money,EUR,debits,EUR,-0.50');
  });

  it('a workbook whose sheets hold the figures as numbers', () => {
    const files = unzipSync(drawn[2] as Buffer);
    const book = strFromU8(files['xl/workbook.xml'] as Uint8Array);
    expect([...book.matchAll(/<sheet name="([^"]+)"/g)].map(([, name]) => name)).toEqual(['Statement', 'Balance', 'Use by feature', 'Purchases', 'Lots', 'Rates']);
    const balance = strFromU8(files['xl/worksheets/sheet2.xml'] as Uint8Array);
    expect(balance).toContain('<c s="2"><v>6.100000000</v></c><c s="2"><v>0.61</v></c>');
    // Wide enough for every amount, and numbers as finance writes them; an amount without decimals has none.
    expect(balance).toContain('</sheetViews><cols><col min="1" max="3" width="24" customWidth="1"/></cols><sheetData>');
    expect(strFromU8(files['xl/styles.xml'] as Uint8Array)).toContain('formatCode="#,##0.00#######"');
    expect(strFromU8(files['xl/worksheets/sheet6.xml'] as Uint8Array)).toContain('<c s="3"><v>3</v></c>');
  });

  it('a document that is a PDF', () => {
    const pdf = drawn[3] as Buffer;
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1')).toContain('%%EOF');
    expect(pdf.length).toBeGreaterThan(5_000);
  });
});
