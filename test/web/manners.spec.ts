import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { inChromium, openWindow } from '../support/browser.js';
import type { Customer } from '../support/market.js';
import { plusDays } from '../support/story.js';
import { WebAccount } from '../support/web-account.js';

jest.setTimeout(240_000);

const MARKUP = `<img src=x onerror="document.title='owned'"><b>bold</b>`;
/** As long as the service takes one, without a place to break, from right to left in the middle, with an override that would turn what follows. */
const NAME = `${MARKUP} אבגד\u202E ${'Wm'.repeat(80)}`.slice(0, 200);
const REASON = `שלום ${MARKUP} ${'x'.repeat(150)}`;

/** What stands beyond the page's edges, and is in no region that scrolls by itself. */
const BEYOND = `(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => element !== null && element !== document.body && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  const beyond = [...document.body.querySelectorAll('*')].filter((element) => {
    const { left, right, width: own } = element.getBoundingClientRect();
    return own > 1 && (right > width + 1 || left < -1) && !scrolls(element.parentElement) && getComputedStyle(element).position !== 'absolute';
  });
  const { scrollWidth, clientWidth } = document.scrollingElement;
  return { scrolls: scrollWidth > clientWidth, beyond: beyond.slice(0, 5).map((element) => element.tagName + '.' + element.className + ': ' + (element.textContent ?? '').slice(0, 60)) };
})()`;

/** Each text with markup in it: whether it stands in an element that keeps its direction to itself, whoever wrote it. */
const LOOSE = `(() => {
  const found = [];
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
    if (/onerror/.test(node.data)) found.push(node.parentElement.closest('bdi, .prose, [dir], select') === null ? 'loose: ' + node.parentElement.outerHTML.slice(0, 80) : 'kept');
  }
  return found;
})()`;

inChromium('manners of the pages', () => {
  let web: WebAccount;
  let customer: Customer;
  let desk: string;

  beforeAll(async () => {
    web = await WebAccount.open();
    const { market, service } = web.story;
    const began = await web.story.day();
    await service.post('/v1/licensees', { licenseeId: 'long', legalName: NAME }, market.operator);
    const card = await market.card({ captions: { minutes: '3' }, ['a-feature-with-a-very-long-name-that-does-not-break']: { seconds: '0.5' } });
    customer = await market.account(undefined, 'long');
    await customer.sign(card, ['captions', 'a-feature-with-a-very-long-name-that-does-not-break'], { number: `OF-${'9'.repeat(60)}`, termStart: began, termEnd: plusDays(began, 300), suspendAtBalance: '1' });
    await customer.buy('1234567.891234567');
    await web.story.use(customer, 'captions', { minutes: '2' });
    await web.story.use(customer, 'a-feature-with-a-very-long-name-that-does-not-break', { seconds: '8' });
    await customer.place('10');
    await market.publish(card, await market.version(card, { captions: { minutes: '4' } }, plusDays(began, 40)), `${REASON}\n${'y'.repeat(300)}`);
    await service.post('/v1/api-keys', { label: NAME.slice(0, 100), scopes: ['account:read'], accountId: customer.accountId }, customer.admin);
    await service.post(`${customer.url}/replenishment-rules`, { balanceAt: '1000', credits: '5000' }, customer.admin);
    await service.post(`${customer.url}/adjustments`, { credits: '500000', reason: REASON }, market.operator);
    await service.post('/v1/payments', { provider: 'bank', providerPaymentId: 'p'.repeat(150), amount: '123456789.00', currency: 'EUR' }, market.finance);
    await service.post(`${customer.url}/suspension`, { reason: REASON, reference: 'r'.repeat(150) }, market.operator);
    desk = await service.key(['finance', 'operator']);
  });

  afterAll(() => web.close());

  async function settled(page: Page): Promise<void> {
    await page.getByRole('heading', { level: 1 }).waitFor();
    while ((await page.locator('[role=status]').count()) > 0) await page.waitForTimeout(50);
  }

  /** Every page that the menu leads to, and an entry explained: a page that comes later is held to this as well. */
  async function addresses(page: Page): Promise<string[]> {
    return page.evaluate<string[]>(`[...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'))`);
  }

  const LOOKS = [
    ['320 px wide', { width: 320, height: 640 }, '100%'],
    ['1280 px at 200 % zoom', { width: 640, height: 400 }, '100%'],
    ['1280 px with text at 200 %', { width: 1280, height: 800 }, '200%'],
  ] as const;

  /** What scrolls sideways or sticks out, in each look. */
  async function faultsOf(page: Page): Promise<unknown[]> {
    const faults: unknown[] = [];
    for (const [look, viewport, text] of LOOKS) {
      await page.setViewportSize(viewport);
      await page.evaluate(`document.documentElement.style.fontSize = '${text}'`);
      const { scrolls, beyond } = await page.evaluate<{ scrolls: boolean; beyond: string[] }>(BEYOND);
      if (scrolls || beyond.length > 0) faults.push([new URL(page.url()).pathname, look, scrolls, beyond]);
    }
    return faults;
  }

  it.each([
    ['en-GB', 'ltr'],
    ['he-IL', 'rtl'],
  ] as const)('no page scrolls sideways, narrow or at 200 %%, and texts of others are texts, each turned only within itself: %s', async (locale, direction) => {
    const faults: unknown[] = [];
    let texts = 0;
    for (const secret of [customer.admin, desk]) {
      const { context, page, complaints } = await web.signIn(secret, { locale });
      await page.goto(`${web.url}/app/a/${customer.accountId}`);
      await settled(page);
      expect(await page.evaluate('document.documentElement.dir')).toBe(direction);
      const all = [...(await addresses(page)), `/app/a/${customer.accountId}/ledger/5`];
      expect(all.length).toBeGreaterThan(7);
      for (const address of all) {
        await page.goto(web.url + address);
        await settled(page);
        faults.push(...(await faultsOf(page)));
        expect([address, await page.locator('main img, main b, main script').count(), await page.title()]).toEqual([address, 0, expect.not.stringContaining('owned')]);
        const found = await page.evaluate<string[]>(LOOSE);
        texts += found.length;
        faults.push(...found.filter((one) => one !== 'kept'));
      }
      expect(complaints).toEqual([]);
      await context.close();
    }
    const { context, page } = await openWindow(web.browser, { locale });
    await page.goto(`${web.url}/app/sign-in`);
    await settled(page);
    faults.push(...(await faultsOf(page)));
    await context.close();
    expect(faults).toEqual([]);
    expect(texts).toBeGreaterThan(4);
  });

  it('prints an entry explained: ink on white, without menu or buttons, nothing cut off', async () => {
    const { context, page } = await web.signIn(customer.admin, { colorScheme: 'dark', viewport: { width: 700, height: 1_000 } });
    await page.goto(`${web.url}/app/a/${customer.accountId}/ledger/5`);
    await settled(page);
    // Also where the reader chose the dark.
    await page.getByLabel('Appearance').selectOption('dark');
    await page.emulateMedia({ media: 'print' });
    const look = await page.evaluate<{ shown: string[]; page: string; ink: string; surface: string }>(`(() => {
      const shown = [...document.querySelectorAll('nav, aside, button, .button, .skip')].filter((element) => element.getClientRects().length > 0);
      const style = getComputedStyle(document.documentElement);
      return { shown: shown.map((element) => element.outerHTML.slice(0, 80)), page: style.backgroundColor, ink: style.color, surface: getComputedStyle(document.querySelector('.card')).backgroundColor };
    })()`);
    expect(look).toEqual({ shown: [], page: 'rgb(255, 255, 255)', ink: 'rgb(27, 29, 35)', surface: 'rgb(255, 255, 255)' });
    expect(await page.evaluate(BEYOND)).toEqual({ scrolls: false, beyond: [] });
    const text = await page.locator('main').innerText();
    for (const part of ['Entry 5', 'Hash', 'P1']) expect(text).toContain(part);
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
    await context.close();
  });

  it('lends nothing of another account: by its address in a frame, a tampered link, or a request of the page itself', async () => {
    const began = await web.story.day();
    const other = await web.story.market.customer({ captions: { minutes: '3' } }, ['77777'], { termStart: began, termEnd: plusDays(began, 300) });
    const { context, page } = await openWindow(web.browser);
    const link = await web.link(customer.admin, { inFrame: true });
    await page.goto(link.slice(0, -1) + (link.endsWith('A') ? 'B' : 'A'));
    await page.getByText('This sign-in link was used already or has expired').waitFor();
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('navigation').first().waitFor();
    expect(await context.cookies()).toEqual([]);
    for (const path of ['', '/ledger', '/lots', '/keys', '/purchases']) {
      await page.evaluate(`history.pushState(null, '', '/app/a/${other.accountId}${path}')`);
      await page.getByText('There is no such account').first().waitFor();
      expect(await page.locator('body').innerText()).not.toContain('77,777');
    }
    await context.close();
    const signed = await web.signIn(customer.admin);
    const before = await web.story.purchases(other);
    const answers = await signed.page.evaluate<number[]>(`Promise.all(
      [['${other.url}/purchases', { credits: '5' }], ['${other.url}/alert-rules', { ruleId: 'x', kind: 'suspended' }], ['/v1/api-keys', { label: 'x', scopes: ['account:read'], accountId: '${other.accountId}' }]].map(
        async ([url, body]) => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': url }, body: JSON.stringify(body) })).status))`);
    expect(answers.every((status) => status === 404 || status === 403)).toBe(true);
    expect(await web.story.purchases(other)).toEqual(before);
    await signed.context.close();
  });
});
