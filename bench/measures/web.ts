import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Bench, Measure } from '../harness/measure.js';
import { isReached, type Goal, type ResultRow } from '../harness/row.js';
import { quartiles } from '../harness/statistics.js';
import { startService, type RunningService } from '../subjects/service.js';
import { createApiKey } from '../workload/api-key.js';
import { seedAccounts, seedHistory } from '../workload/seed.js';

const ACCOUNT = 'web';
const LOADS = 9;
const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** The web account of an account with a long past, in a real browser: nothing on a page may read what grows. */
export const web: Measure = {
  id: 'web',
  async run(bench) {
    const executablePath = PLACES.find((place) => place !== undefined && place !== '' && existsSync(place));
    if (executablePath === undefined) {
      bench.progress('LEFT OUT: there is no Chromium. Install it (apt-get install chromium), or name it in CHROMIUM.');
      return [];
    }
    await seedAccounts(bench.database, [ACCOUNT], 3);
    bench.progress(`booking ${bench.scale.longHistory.toLocaleString('en-US')} debits in one account`);
    await seedHistory(bench.database, ACCOUNT, bench.scale.longHistory);
    const service = await startService(bench.database);
    try {
      await foldedUp(bench);
      const browser = await chromium.launch({ executablePath, args: FLAGS });
      try {
        return await measure(bench, service, browser);
      } finally {
        await browser.close();
      }
    } finally {
      await service.stop();
    }
  },
};

/** The service counts activity by itself, a moment after it was booked: a page never meets a million entries uncounted. */
async function foldedUp({ database }: Bench): Promise<void> {
  for (;;) {
    const { rows } = await database.admin.query<{ behind: string }>(
      'SELECT s.seq - coalesce(h.seq, 0) AS behind FROM account_state AS s LEFT JOIN activity_head AS h USING (account_id) WHERE s.account_id = $1',
      [ACCOUNT],
    );
    if (Number(rows[0]?.behind) === 0) return;
    await sleep(200);
  }
}

async function measure({ database, scale, progress }: Bench, service: RunningService, browser: Browser): Promise<readonly ResultRow[]> {
  const apiKey = await createApiKey(database.admin, service.keyPepper, ACCOUNT, ['account:admin']);
  const entries = `${scale.longHistory.toLocaleString('en-US')} entries`;
  progress('cold loads and filters');
  const cold: number[] = [];
  const filters: number[] = [];
  // The first of each is not counted: the service's own code is compiled in it.
  for (let load = 0; load <= LOADS; load += 1) {
    const context = await signedIn(service, browser, apiKey);
    const page = await context.newPage();
    const [interactive, filtered] = [await coldOverview(service, page), await filteredLedger(service, page)];
    await context.close();
    if (load > 0) cold.push(interactive);
    if (load > 0) filters.push(...filtered);
  }
  return [
    rowOf('web/overview', `overview of an account of ${entries}, cold, until it can be used`, cold, { kind: 'at-most', value: 1_500 }),
    rowOf('web/filter', `its ledger after a filter, until the rows are there`, filters, { kind: 'at-most', value: 300 }),
  ];
}

/** A window without a cache, with the session of a link. */
async function signedIn({ url }: RunningService, browser: Browser, apiKey: string): Promise<BrowserContext> {
  const answer = await fetch(`${url}/v1/sign-in-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const { path } = (await answer.json()) as { path: string };
  const context = await browser.newContext({ viewport: { width: 1_440, height: 900 }, locale: 'en-GB' });
  const page = await context.newPage();
  // Signs in without loading the pages: their scripts come with the load that is measured.
  await page.goto(`${url}/health/live`);
  const status = await page.evaluate(
    async (link) => (await fetch('/v1/sessions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ link }) })).status,
    path.split('#')[1] ?? '',
  );
  if (status !== 201) throw new Error(`signing in was answered ${String(status)}`);
  await page.close();
  return context;
}

/** From the address to figures, chart and a button that answers. */
async function coldOverview({ url }: RunningService, page: Page): Promise<number> {
  const began = performance.now();
  await page.goto(`${url}/app/a/${ACCOUNT}`, { waitUntil: 'commit' });
  await page.locator('.chart').waitFor();
  await page.getByText('What the balance buys').waitFor();
  await page.getByLabel('Period').selectOption('7');
  return performance.now() - began;
}

/** From the choice to the rows that it lets through: a few of very many, and the newest of very many. */
async function filteredLedger({ url }: RunningService, page: Page): Promise<number[]> {
  await page.goto(`${url}/app/a/${ACCOUNT}/ledger`);
  const table = page.getByRole('region', { name: 'Ledger' });
  await table.waitFor();
  const times: number[] = [];
  for (const [type, row] of [['grant', /^Credits granted/], ['debit', /^Debit/]] as const) {
    const began = performance.now();
    await page.getByLabel('Type').selectOption(type);
    await table.getByRole('link', { name: row }).first().waitFor();
    await page.waitForURL(`**/ledger?type=${type}`);
    times.push(performance.now() - began);
    await page.goto(`${url}/app/a/${ACCOUNT}/ledger?type=order-form`);
    await table.getByRole('link', { name: /^Order form/ }).waitFor();
  }
  return times;
}

function rowOf(id: string, title: string, values: readonly number[], goal: Goal): ResultRow {
  const value = quartiles(values);
  return { id, title, unit: 'ms', subject: { name: 'Chromium', value, cost: null }, baseline: null, ratio: value, goal, reached: isReached(value.median, goal) };
}
