import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { strFromU8, unzipSync } from 'fflate';
import { bookedAnswer } from '../../src/http/schemas/answers.js';
import { csvOf } from '../../src/operations/exports/csv.js';
import { FOCUS_COLUMNS } from '../../src/operations/exports/focus.js';
import { amountCell, type Cell } from '../../src/operations/exports/table.js';
import { xlsxOf } from '../../src/operations/exports/xlsx.js';
import { FOCUS_1_4 } from '../support/focus-columns.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(120_000);

const textOf = async (rows: readonly (readonly Cell[])[]): Promise<string> => Buffer.concat(await Readable.from(csvOf({ name: 't', columns: ['a', 'b'], rows }), { objectMode: false }).toArray()).toString();

describe('cells', () => {
  it('of a CSV cannot start a formula, and read as they were written', async () => {
    const bad = ['=1+1', '+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '|cmd', '%x', '\uFF1D1'];
    const text = await textOf(bad.map((cell) => [cell, 'a "b", c']));
    const rows: string[][] = parse(text);
    expect(rows.slice(1).map(([cell]) => cell)).toEqual(bad.map((cell) => `'${cell}`));
    expect(rows[1]?.[1]).toBe('a "b", c');
    // An amount below zero is a number, and stays one.
    expect(await textOf([[amountCell('-3.50'), null]])).toBe('a,b\r\n-3.50,\r\n');
  });

  it('of a workbook are texts, or numbers that a spreadsheet keeps to the last digit', async () => {
    const rows = [['=1+1', amountCell('123456.123456789')], ['<&"\u0001', amountCell('1234567.123456789')]];
    const pieces: Uint8Array[] = [];
    for await (const piece of xlsxOf([{ name: 'T', columns: ['a', 'b'], rows }])) pieces.push(piece);
    const sheet = strFromU8(unzipSync(Buffer.concat(pieces))['xl/worksheets/sheet1.xml'] as Uint8Array);
    expect(sheet).toContain('<is><t xml:space="preserve">=1+1</t></is></c><c s="2"><v>123456.123456789</v></c>');
    expect(sheet).toContain('&lt;&amp;&quot;\uFFFD</t></is></c><c t="inlineStr"><is><t xml:space="preserve">1234567.123456789</t>');
  });
});

describe('exports of an account', () => {
  let story: Story;
  let customer: Customer;

  beforeAll(async () => {
    story = await Story.open();
    customer = await story.market.customer({ captions: { minutes: '3' } }, [], { taxRate: '0.2' });
    const { purchase } = await customer.place('100');
    await customer.pay(purchase.purchaseId, '12.00');
    const debit = await story.use(customer, 'captions', { minutes: '5' });
    ok(await story.service.post(`${customer.url}/entries/${debit.seq}/reversal`, { share: '0.2', reason: 'test' }, story.market.operator), bookedAnswer);
  });

  afterAll(() => story.close());

  const records = async (path: string): Promise<Record<string, string>[]> => {
    const { status, text } = await story.service.get(`${customer.url}/${path}`, customer.admin);
    expect(status).toBe(200);
    return parse(text, { columns: true });
  };

  it('have each line of each entry, with the revenue that it recognised', async () => {
    const rows = await records('movements');
    expect(rows.map(({ seq }) => Number(seq))).toEqual([...rows].map((_, i) => i + 1));
    expect(rows.find(({ type }) => type === 'debit')).toMatchObject({ from: 'available', to: 'consumed', credits: '15.000000000', currency: 'EUR', revenue: '1.50', deferred: '-1.50' });
    expect(rows.find(({ type }) => type === 'reversal')).toMatchObject({ credits: '3.000000000', revenue: '-0.30', deferred: '0.30' });
    expect((await story.service.get(`${customer.url}/movements?format=xlsx`, customer.admin)).text.startsWith('PK')).toBe(true);
  });

  it('are FOCUS 1.4: the columns of that version and no others, and ours behind them', async () => {
    const { mandatory, recommended, conditional } = FOCUS_1_4;
    const [header = ''] = (await story.service.get(`${customer.url}/focus`, customer.admin)).text.split('\r\n');
    const columns = header.split(',');
    expect(columns).toEqual([...FOCUS_COLUMNS]);
    const [standard, own] = [columns.filter((column) => !column.startsWith('x_')), columns.filter((column) => column.startsWith('x_'))];
    expect([...standard].sort()).toEqual([...mandatory, ...recommended, ...conditional].sort());
    expect(standard).toHaveLength(65);
    expect(columns).toEqual([...standard, ...own]);
  });

  it('are FOCUS: billed when bought, a cost when used, and empty only where that version lets it be', async () => {
    const rows = await records('focus');
    expect(rows.map(({ ChargeCategory, ChargeClass, BilledCost, EffectiveCost, ContractedCost, PricingQuantity, PricingCurrency, PricingCurrencyEffectiveCost }) => [
      ...[ChargeCategory, ChargeClass, BilledCost, EffectiveCost, ContractedCost, PricingQuantity, PricingCurrency, PricingCurrencyEffectiveCost],
    ])).toEqual([
      ['Purchase', '', '10.00', '0.00', '10', '100.000000000', 'AI Credits', '0.000000000'],
      ['Tax', '', '2.00', '2.00', '2.00', '', 'EUR', '2.00'],
      ['Usage', '', '0.00', '1.50', '1.5', '15.000000000', 'AI Credits', '15.000000000'],
      ['Usage', '', '0.00', '-0.30', '-0.3', '-3.000000000', 'AI Credits', '-3.000000000'],
    ]);
    for (const row of rows) {
      for (const column of FOCUS_1_4.neverNull) expect([column, row[column]]).not.toEqual([column, '']);
      for (const column of FOCUS_1_4.ofPriced) expect([column, row[column] === '']).toEqual([column, row['ChargeCategory'] === 'Tax']);
      if (row['PricingQuantity'] !== '') expect(Number(row['ContractedCost'])).toBeCloseTo(Number(row['ContractedUnitPrice']) * Number(row['PricingQuantity']), 12);
    }
  });

  it('call a correction what reverses the use of a month before', async () => {
    await story.advanceDays(31);
    const debit = (await story.entries(customer)).find(({ type }) => type === 'debit');
    ok(await story.service.post(`${customer.url}/entries/${String(debit?.seq)}/reversal`, { share: '0.2', reason: 'test' }, story.market.operator), bookedAnswer);
    expect((await records('focus')).map(({ ChargeClass }) => ChargeClass)).toEqual(['', '', '', '', 'Correction']);
  });

  it('are not there for others', async () => {
    expect(codeOf(await story.service.get('/v1/accounts/nobody/focus', story.market.finance))).toBe('account-not-found');
    expect(codeOf(await story.service.get(`${customer.url}/movements?format=pdf`, customer.admin))).toBe('invalid-request');
  });
});
