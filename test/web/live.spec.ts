import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { inChromium } from '../support/browser.js';
import type { Customer } from '../support/market.js';
import { plusDays } from '../support/story.js';
import { WebAccount } from '../support/web-account.js';

jest.setTimeout(240_000);

/** Elements that move by less than this share of the window move unseen. */
const NOTHING = 0.0005;

inChromium('pages that are open while things happen', () => {
  let web: WebAccount;
  let of: Customer;

  beforeAll(async () => {
    web = await WebAccount.open();
    const began = await web.story.day();
    of = await web.story.market.customer({ captions: { minutes: '3' }, avatars: { seconds: '1' } }, ['100'], { termStart: began, termEnd: plusDays(began, 300) });
    await web.story.use(of, 'captions', { minutes: '1' });
  });

  afterAll(() => web.close());

  const open = async (path: string) => {
    const window = await web.signIn(of.admin);
    await window.page.goto(`${web.url}/app/a/${of.accountId}${path}`);
    return window;
  };
  const settled = async (page: Page): Promise<void> => {
    await page.locator('.live[data-on=true]').waitFor();
    await page.locator('[role=status]').first().waitFor({ state: 'detached' });
    await page.waitForTimeout(500);
  };
  /** Counts from here on what moves without the reader's doing. Told as a text: this program knows no browser's types. */
  const watchShifts = (page: Page) =>
    page.evaluate(`
      window.seen = [];
      new PerformanceObserver((list) => {
        for (const { hadRecentInput, value, sources } of list.getEntries()) {
          if (!hadRecentInput) window.seen.push({ value, what: sources.map(({ node }) => (node?.parentElement?.className ?? '') + ' > ' + String(node?.textContent).slice(0, 40)) });
        }
      }).observe({ type: 'layout-shift' });`);
  const shifts = async (page: Page): Promise<{ value: number; what: string[] }[]> => {
    await page.waitForTimeout(300);
    return page.evaluate('window.seen');
  };
  const moved = async (page: Page): Promise<void> => {
    const all = await shifts(page);
    const most = all.reduce((sum, { value }) => sum + value, 0);
    expect(most < NOTHING ? [] : all).toEqual([]);
  };

  it('the overview shows a debit within moments of it, by the stream and not by asking again and again; nothing moves', async () => {
    const { context, page, complaints } = await open('');
    await settled(page);
    await watchShifts(page);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').at(-1) ?? ''));
    await page.waitForTimeout(1_000);
    expect(asked).toEqual([]);
    const at = performance.now();
    await web.story.use(of, 'avatars', { seconds: '7' });
    await page.getByText('90.00').first().waitFor();
    expect(performance.now() - at).toBeLessThan(15_000);
    expect(asked).toContain('overview');
    expect(asked).not.toContain('explanation');
    await moved(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('a suspension comes over the page while it is open, and stays in its place, marked, when it is over', async () => {
    const { context, page } = await open('');
    await settled(page);
    await watchShifts(page);
    await web.story.use(of, 'captions', { minutes: '30' });
    await page.locator('.toasts').getByText('Suspended: the credits are used up').waitFor();
    await page.locator('.toasts').getByRole('button', { name: 'Close' }).first().waitFor();
    await moved(page);
    await page.reload();
    await page.locator('.page > .banner').getByText('Suspended: the credits are used up').waitFor();
    await settled(page);
    await watchShifts(page);
    await of.buy('500');
    await page.locator('.banner.over').getByText('Suspended: the credits are used up').waitFor();
    await page.getByText('500.00').first().waitFor();
    await moved(page);
    await context.close();
  });

  it('the ledger says that there is more, and puts it on top when it is asked to', async () => {
    const { context, page } = await open('/ledger');
    await page.getByRole('region', { name: 'Ledger' }).waitFor();
    await settled(page);
    await watchShifts(page);
    const { seq } = await web.story.use(of, 'captions', { minutes: '2' });
    const show = page.getByRole('button', { name: 'Show new entries' });
    await show.waitFor();
    const row = page.getByRole('link', { name: `Debit ${String(seq)}` });
    expect(await row.count()).toBe(0);
    await moved(page);
    await show.click();
    await row.waitFor();
    await page.getByText(`Up to entry ${String(seq)}`).waitFor();
    await context.close();
  });

  it('asks now and then where the stream breaks, and goes on with the stream when it is back', async () => {
    const { context, page } = await open('');
    await settled(page);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').at(-1) ?? ''));
    // Streams end with their session; signed in anew, the page asks again, first without and then with the stream.
    await context.route('**/events?*', (route) => route.abort());
    await page.evaluate(() => fetch('/v1/session', { method: 'DELETE' }));
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(await web.link(of.admin));
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.locator('.live[data-on=false]').waitFor();
    asked.length = 0;
    const { seq } = await web.story.use(of, 'captions', { minutes: '1' });
    await page.waitForRequest(/overview$/, { timeout: 40_000 });
    expect(asked).toContain('overview');
    await context.unroute('**/events?*');
    await page.locator('.live[data-on=true]').waitFor();
    await page.goto(`${web.url}/app/a/${of.accountId}/ledger`);
    await page.getByText(`Up to entry ${String(seq)}`).waitFor();
    await context.close();
  });
});
