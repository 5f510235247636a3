import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { bookedAnswer } from '../../src/http/schemas/answers.js';
import { inChromium } from '../support/browser.js';
import type { Customer } from '../support/market.js';
import { ok } from '../support/service.js';
import { plusDays } from '../support/story.js';
import { WebAccount } from '../support/web-account.js';

jest.setTimeout(240_000);

inChromium('statements, and unfunded usage settled', () => {
  let web: WebAccount;
  let of: Customer;
  let began: string;

  beforeAll(async () => {
    web = await WebAccount.open();
    began = await web.story.day();
    of = await web.story.market.customer({ captions: { minutes: '3' } }, ['100'], { termStart: began, termEnd: plusDays(began, 300) });
    await web.story.use(of, 'captions', { minutes: '10' });
    await web.story.advanceDays(2);
    const closing = { through: plusDays(began, 1) };
    ok(await web.story.service.post(`${of.url}/periods/closure`, closing, web.story.market.finance), bookedAnswer);
    // Of its 90 credits 70 are there: 20 stay unfunded.
    await web.story.use(of, 'captions', { minutes: '30' }, { mode: 'record' });
  });

  afterAll(() => web.close());

  const download = async (page: Page, name: string): Promise<Buffer> => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name, exact: true }).click()]);
    return readFileSync(await file.path());
  };

  it('shows opening, movements and closing of each period, and downloads just the bytes of the API', async () => {
    const { context, page, complaints } = await web.signIn(of.admin);
    await page.goto(`${web.url}/app/a/${of.accountId}/statements`);
    const figures = page.getByRole('region', { name: 'Statement', exact: true });
    const rows = async (): Promise<string[][]> => (await figures.getByRole('row').allInnerTexts()).map((row) => row.split('\t'));
    await figures.waitFor();
    await page.getByText('closed', { exact: false }).first().waitFor();
    expect(await rows()).toEqual([
      ['Line', 'Credits', 'Paid for them, EUR'],
      ['Opening', '0', '€0.00'],
      ['Purchases', '100', '€10.00'],
      ['Debits', '-30', '-€3.00'],
      ['Closing', '70', '€7.00'],
    ]);
    const through = plusDays(began, 1);
    for (const format of ['JSON', 'CSV']) {
      const answer = await web.story.service.get(`${of.url}/statements/${through}?format=${format.toLowerCase()}`, of.admin);
      expect((await download(page, format)).toString('utf8')).toBe(answer.text);
    }
    expect((await download(page, 'PDF')).subarray(0, 5).toString()).toBe('%PDF-');
    expect((await download(page, 'XLSX')).subarray(0, 2).toString()).toBe('PK');
    expect((await download(page, 'Movements (CSV)')).toString('utf8')).toContain('captions');
    await page.getByLabel('Accounting period').selectOption('open');
    await page.waitForURL(/period=open/);
    await page.getByText('provisional').waitFor();
    expect((await rows()).at(-1)).toEqual(['Closing', '0', '€0.00']);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('leads from the statement to what went unfunded, which is settled from a later lot in two steps', async () => {
    const { context, page, complaints } = await web.signIn(of.admin);
    await page.goto(`${web.url}/app/a/${of.accountId}/statements?period=open`);
    await page.getByRole('link', { name: 'See it, and settle it if you choose' }).click();
    await page.getByRole('button', { name: 'Settle' }).click();
    await page.getByText('No lot was bought since').waitFor();
    await page.keyboard.press('Escape');
    await of.buy('50');
    await page.reload();
    await page.getByRole('button', { name: 'Settle' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByText('Settling is final').waitFor();
    expect(await sheet.innerText()).toMatch(/Credits this takes\s+20\b/);
    expect(await of.balance()).toBe('50.000000000');
    await sheet.getByRole('button', { name: 'Settle it' }).click();
    await page.getByText('Settled', { exact: true }).waitFor();
    expect(await of.balance()).toBe('30.000000000');
    // 30 of another day, 70 that were funded at once, and the 20 just settled: the download is what the page shows by then.
    await page.getByText(/Credits used in all: 120\b/).waitFor();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as CSV' }).click()]);
    const day = await web.story.day();
    expect(readFileSync(await file.path(), 'utf8').split('\r\n')).toContain(`${day},captions,1,90.000000000`);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('gives a session that another account lends nothing of it', async () => {
    const other = await web.story.market.customer({ captions: { minutes: '3' } }, ['5'], { termStart: began, termEnd: plusDays(began, 300) });
    const { context, page } = await web.signIn(other.admin);
    for (const path of ['/statements', '/alerts']) {
      await page.goto(`${web.url}/app/a/${of.accountId}${path}`);
      await page.getByText('There is no such account').first().waitFor();
    }
    const file = await page.evaluate(async (address) => (await fetch(address)).status, `${web.url}${of.url}/statements/${plusDays(began, 1)}?format=csv`);
    expect(file).toBe(404);
    await context.close();
  });
});
