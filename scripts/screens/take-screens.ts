import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import type { ApiClient } from '../story/api-client.js';

interface Keys {
  readonly accountId: string;
  readonly admin: string;
  readonly operator: string;
}

const PAGES = ['overview', 'lots', 'ledger', 'entry', 'purchases', 'usage', 'statements', 'notices', 'alerts', 'keys', 'desk', 'desk-money', 'desk-rates', 'desk-queues'] as const;
type PageName = (typeof PAGES)[number];

const WIDTHS = [
  [1440, 900],
  [390, 844],
] as const;

/** A window of each width, by the admin and, for the desk, by the operator. And the overview in the dark, and from right to left. */
export async function takeScreens(client: ApiClient, keys: Keys, folder: string): Promise<string[]> {
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const taken: string[] = [];
  const take = async (name: PageName, file: string, width: number, height: number, more: object = {}): Promise<void> => {
    taken.push(await takeOne(browser, client, keys, { name, file: path.join(folder, `${file}.png`), options: { viewport: { width, height }, locale: 'en-GB', ...more } }));
  };
  try {
    for (const [width, height] of WIDTHS) for (const name of PAGES) await take(name, `${name}-${String(width)}`, width, height);
    await take('overview', 'overview-dark', 1_440, 900, { colorScheme: 'dark' });
    await take('overview', 'overview-hebrew', 1_440, 900, { locale: 'he-IL' });
    return taken;
  } finally {
    await browser.close();
  }
}

interface Wanted {
  readonly name: PageName;
  readonly file: string;
  readonly options: Parameters<Browser['newContext']>[0];
}

async function takeOne(browser: Browser, client: ApiClient, keys: Keys, { name, file, options }: Wanted): Promise<string> {
  const apiKey = name.startsWith('desk') ? keys.operator : keys.admin;
  const { path: link } = await client.succeed<{ path: string }>({ method: 'POST', path: '/v1/sign-in-links', apiKey, body: {} });
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(client.url + link);
  await page.getByRole('navigation').first().waitFor();
  const { items } = await client.succeed<{ items: { seq: number }[] }>({ method: 'GET', path: `/v1/accounts/${keys.accountId}/entries?type=debit&limit=1`, apiKey });
  const base = `${client.url}/app/a/${keys.accountId}`;
  const addresses: Readonly<Record<PageName, string>> = {
    overview: base,
    lots: `${base}/lots`,
    ledger: `${base}/ledger`,
    entry: `${base}/ledger/${String(items[0]?.seq ?? 1)}`,
    purchases: `${base}/purchases`,
    usage: `${base}/usage`,
    statements: `${base}/statements`,
    notices: `${base}/notices`,
    alerts: `${base}/alerts`,
    keys: `${base}/keys`,
    desk: `${client.url}/app/desk`,
    'desk-money': `${client.url}/app/desk/money`,
    'desk-rates': `${client.url}/app/desk/rates`,
    'desk-queues': `${client.url}/app/desk/queues`,
  };
  await page.goto(addresses[name]);
  await page.locator('h1').waitFor();
  // The event stream never ends, so that the network is never idle.
  await page.waitForLoadState('load');
  await page.locator('[role=status]').first().waitFor({ state: 'detached' });
  await page.screenshot({ path: file });
  await context.close();
  return file;
}
