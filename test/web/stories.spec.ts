import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { inChromium } from '../support/browser.js';
import type { Customer } from '../support/market.js';
import { plusDays } from '../support/story.js';
import { WebAccount } from '../support/web-account.js';

jest.setTimeout(240_000);

inChromium('stories told in a browser', () => {
  let web: WebAccount;

  beforeAll(async () => {
    web = await WebAccount.open();
  });

  afterAll(() => web.close());

  const captions = { captions: { minutes: '3' } };

  async function customer(credits: readonly string[], form: object = {}): Promise<Customer> {
    const began = await web.story.day();
    return web.story.market.customer(captions, credits, { termStart: began, termEnd: plusDays(began, 300), ...form });
  }

  const go = (page: Page, of: Customer, path = '') => page.goto(`${web.url}/app/a/${of.accountId}${path}`);

  it('running short and buying: two deliberate steps, and the account resumes with the payment', async () => {
    const of = await customer(['12']);
    await web.story.use(of, 'captions', { minutes: '4' });
    const { context, page, complaints } = await web.signIn(of.admin);
    await page.getByText('Suspended: the credits are used up').waitFor();
    await page.getByRole('link', { name: 'Buy credits' }).first().click();
    await page.getByRole('button', { name: 'Buy credits' }).click();
    await page.getByLabel('How many credits').fill('nonsense');
    await page.getByRole('button', { name: 'Show the price' }).click();
    await page.getByText('Write a plain number above zero').waitFor();
    await page.getByLabel('How many credits').fill('500');
    await page.getByRole('button', { name: 'Show the price' }).click();
    await page.getByText('€50.00').first().waitFor();
    expect(await web.story.purchases(of)).toHaveLength(1);
    const place = page.getByRole('button', { name: 'Place the purchase' });
    expect(await place.isDisabled()).toBe(true);
    await page.getByText('I have the right to buy').click();
    await place.click();
    await page.getByText('The purchase is placed').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Awaiting payment').waitFor();
    const placed = (await web.story.purchases(of)).at(-1);
    await of.pay(placed?.purchaseId ?? '', placed?.price ?? '');
    await go(page, of);
    await page.getByText('Active', { exact: true }).waitFor();
    expect(await page.getByText('Suspended').count()).toBe(0);
    await page.getByText('500.00').first().waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('a change of rates: read, acknowledged, and its effect seen on the next lot', async () => {
    const of = await customer(['30']);
    const cardId = (await web.story.lots(of))[0]?.cardId ?? '';
    const effective = plusDays(await web.story.day(), 35);
    await web.story.market.version(cardId, { captions: { minutes: '4' } }, effective);
    const { context, page } = await web.signIn(of.admin);
    await page.getByText('The thirty days of notice have not begun').waitFor();
    await page.getByRole('link', { name: 'Read the notice' }).click();
    await page.getByRole('button', { name: 'I have read this notice' }).click();
    await page.getByText('Delivered', { exact: true }).first().waitFor();
    const notice = await web.story.notice(of, 2);
    expect([notice.deliveredOn, notice.reachesPurchasesFrom]).toEqual([await web.story.day(), plusDays(effective, 1)]);
    await web.story.advanceDays(37);
    await of.buy('40');
    await go(page, of, '/lots');
    await page.getByRole('heading', { name: 'Lots', level: 1 }).waitFor();
    await page.getByRole('link', { name: `${cardId}@2` }).waitFor();
    await page.getByLabel('Compare with').selectOption(`${cardId}@1`);
    const rates = page.getByRole('region', { name: 'Rates' });
    expect(await rates.getByRole('row').last().innerText()).toMatch(/4\s*\/ minutes\s*3\s*\/ minutes/);
    await context.close();
  });

  it('a rule set up, and what it prepared seen and discarded: nothing is bought', async () => {
    const of = await customer(['20']);
    const { context, page } = await web.signIn(of.admin);
    await go(page, of, '/purchases');
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await page.getByLabel('When the balance is at or below').fill('10');
    await page.getByLabel('Draft a purchase of so many credits').fill('100');
    await page.getByRole('button', { name: 'Create the rule' }).click();
    await page.getByText('At a balance of 10.00 or less').waitFor();
    await web.story.use(of, 'captions', { minutes: '4' });
    await web.prepareProposals();
    await go(page, of);
    await page.getByText('A draft purchase is waiting').waitFor();
    await page.getByRole('link', { name: 'Look at it' }).click();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Drafts waiting for you').waitFor({ state: 'detached' });
    expect(await web.story.purchases(of)).toHaveLength(1);
    await context.close();
  });

  it('an unexpected debit, found by the filters in the address, traced to its clause and arithmetic', async () => {
    const of = await customer(['100']);
    for (const minutes of ['1', '20', '2']) await web.story.use(of, 'captions', { minutes });
    const { context, page } = await web.signIn(of.admin);
    await go(page, of, '/ledger');
    await page.getByLabel('Type').selectOption('debit');
    await page.waitForURL(/type=debit/);
    await page.reload();
    const row = page.getByRole('row').filter({ hasText: '60.00' });
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: /Entry \d+, explained/ }).waitFor();
    await page.getByText('60 × 1 = 60 → 60.000000000').waitFor();
    const text = await page.locator('main').innerText();
    for (const part of ['P1', 'P2', '2026-03-22', 'named in the order form from the start', 'Order form OF-']) expect(text).toContain(part);
    await context.close();
  });

  it('a key rotated, by the keyboard alone', async () => {
    const of = await customer(['10']);
    const { context, page } = await web.signIn(of.admin);
    await page.keyboard.press('Tab');
    await expectFocus(page, 'Skip to the content');
    await press(page, 'Keys');
    await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor();
    await press(page, 'Rotate');
    await page.getByRole('dialog').waitFor();
    await press(page, 'Rotate');
    await page.getByText('It is shown this once').waitFor();
    const secret = await page.locator('.secret').innerText();
    expect((await web.story.service.get(`${of.url}/access?feature=captions`, secret)).status).toBe(200);
    const focusedThen = page.evaluate<string | null>(`new Promise((resolve) => {
      new MutationObserver(() => {
        if (document.querySelector('.dialog .banner.good') !== null) resolve(document.activeElement.getAttribute('role'));
      }).observe(document.body, { childList: true, subtree: true });
    })`);
    await press(page, 'Revoke the old key now');
    // The button is gone, and the focus not with it: Escape is heard at once.
    expect(await focusedThen).toBe('dialog');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText(/^revoked /).first().waitFor();
    await context.close();
  });

  it('another account is not there, by a tampered address or with a tampered cookie', async () => {
    const [of, other] = [await customer(['10']), await customer(['77777'])];
    const { context, page } = await web.signIn(of.admin);
    for (const path of ['', '/ledger', '/lots', '/purchases', '/keys', '/ledger/4']) {
      await go(page, other, path);
      await page.getByText('There is no such account').first().waitFor();
      expect(await page.locator('body').innerText()).not.toContain('77,777');
    }
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'credits_session', httpOnly: true, sameSite: 'Strict' });
    await context.addCookies([{ ...(cookie as NonNullable<typeof cookie>), value: `${cookie?.value.slice(0, -2) ?? ''}xx` }]);
    await go(page, of);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await context.close();
  });

  it('a text of a licensee is a text, never markup', async () => {
    const evil = '<img src=x onerror="document.title=\'owned\'"><b>bold</b>';
    const of = await customer(['10']);
    await web.story.service.post('/v1/api-keys', { label: evil, scopes: ['account:read'], accountId: of.accountId }, of.admin);
    await web.story.service.post(`${of.url}/suspension`, { reason: evil, reference: evil }, web.story.market.operator);
    const { context, page } = await web.signIn(of.admin);
    await page.getByText(evil).first().waitFor();
    await go(page, of, '/keys');
    await page.getByText(evil).first().waitFor();
    expect(await page.locator('main img, main b').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
    await context.close();
  });
});

async function expectFocus(page: Page, name: string): Promise<void> {
  expect(await focused(page)).toBe(name);
}

function focused(page: Page): Promise<string> {
  return page.locator(':focus').innerText();
}

/** Goes there by Tab, and presses Enter. */
async function press(page: Page, name: string): Promise<void> {
  for (let steps = 0; steps < 60; steps += 1) {
    if ((await page.locator(':focus').count()) > 0 && (await focused(page)) === name) {
      await page.keyboard.press('Enter');
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way by Tab to "${name}"`);
}
