import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { accessibilityFaults, inChromium } from '../support/browser.js';
import type { Customer } from '../support/market.js';
import { plusDays } from '../support/story.js';
import { WebAccount } from '../support/web-account.js';

jest.setTimeout(240_000);

const PAGES = [
  ['', 'Overview'],
  ['/lots', 'Lots'],
  ['/ledger', 'Ledger'],
  ['/ledger/6', 'Entry 6, explained'],
  ['/purchases', 'Purchases'],
  ['/usage', 'Usage'],
  ['/statements', 'Statements'],
  ['/notices', 'Notices'],
  ['/alerts', 'Alerts'],
  ['/keys', 'Keys'],
] as const;

inChromium('the pages of the web account', () => {
  let web: WebAccount;
  let customer: Customer;

  beforeAll(async () => {
    web = await WebAccount.open();
    const began = await web.story.day();
    customer = await web.story.market.customer({ captions: { minutes: '3' }, avatars: { seconds: '0.5' } }, ['100'], { termStart: began, termEnd: plusDays(began, 300) });
    await web.story.use(customer, 'captions', { minutes: '2' });
    await web.story.use(customer, 'avatars', { seconds: '8' });
  });

  afterAll(() => web.close());

  it.each(['light', 'dark'] as const)('stand in %s, complain of nothing, and axe finds nothing on them', async (colorScheme) => {
    const { context, page, complaints } = await web.signIn(customer.admin, { colorScheme });
    for (const [path, title] of PAGES) {
      await page.goto(`${web.url}/app/a/${customer.accountId}${path}`);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      while ((await page.locator('[role=status]').count()) > 0) await page.waitForTimeout(50);
      expect([path, await accessibilityFaults(page)]).toEqual([path, []]);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});
