import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { withClient } from '../../src/postgres/connection.js';
import { accessibilityFaults, inChromium } from '../support/browser.js';
import type { Customer } from '../support/market.js';
import { plusDays } from '../support/story.js';
import { WebAccount } from '../support/web-account.js';

jest.setTimeout(240_000);

inChromium('the desk of operators and of finance', () => {
  let web: WebAccount;
  let customer: Customer;
  let cardId: string;
  let second: string;

  beforeAll(async () => {
    web = await WebAccount.open();
    const began = await web.story.day();
    customer = await web.story.market.customer({ captions: { minutes: '3' } }, ['100'], { number: 'OF-DESK-1', termStart: began, termEnd: plusDays(began, 300) });
    cardId = (await web.story.lots(customer))[0]?.cardId ?? '';
    second = await web.story.service.key(['operator']);
  });

  afterAll(() => web.close());

  const label = (name: string) => ({ name, exact: true });
  const post = (url: string, body: object, secret: string) => web.story.service.post(url, body, secret);

  async function settled(page: Page): Promise<void> {
    while ((await page.locator('[role=status]').count()) > 0) await page.waitForTimeout(50);
  }

  it('finds an account by its order form, suspends it with reason and clause, and resumes it: all on its history', async () => {
    const { context, page, complaints } = await web.signIn(web.story.market.operator);
    await page.getByLabel('Find an account').fill('desk-1');
    await page.getByRole('link', { name: customer.accountId }).click();
    await page.getByRole('heading', { name: 'State and history', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Suspend ...' }).click();
    const dialog = page.getByRole('dialog');
    const suspend = dialog.getByRole('button', label('Suspend the account'));
    expect(await suspend.isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill('An order of a court');
    await dialog.getByLabel('Clause or case').fill('Agreement 9.1, case 77');
    await suspend.click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'Changes of status' }).getByText('An order of a court').waitFor();
    expect((await web.story.access(customer, 'captions')).status).toBe('suspended');
    await page.getByRole('button', { name: 'End the suspension ...' }).click();
    await page.getByText('Agreement 9.1, case 77').first().waitFor();
    await dialog.getByLabel('Why it ends').fill('The order was lifted');
    await dialog.getByRole('button', label('End the suspension')).click();
    await page.getByRole('region', { name: 'Changes of status' }).getByText('The order was lifted').waitFor();
    expect((await web.story.access(customer, 'captions')).status).toBe('active');
    await page.reload();
    const acts = page.getByRole('region', { name: 'What people did' });
    await acts.getByText('resumption').first().waitFor();
    await acts.getByText('suspension', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('matches a payment in two steps, which allocates and ends its break', async () => {
    const { purchase } = await customer.place('400');
    await post('/v1/payments', { provider: 'bank', providerPaymentId: 'tx-unknown-1', amount: '40.00', currency: 'EUR' }, web.story.market.finance);
    const before = await customer.balance();
    const { context, page } = await web.signIn(web.story.market.finance);
    await page.getByRole('link', { name: 'Money', exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: 'tx-unknown-1' });
    await row.getByRole('button', { name: 'Match' }).click();
    await page.getByLabel('Find an account').fill('OF-DESK-1');
    await page.getByText('€40.00 owed for 400.00 credits').waitFor();
    await page.getByRole('listitem').filter({ hasText: purchase.purchaseId }).getByRole('button', { name: 'For this one' }).click();
    await page.getByText('This is just what is owed').waitFor();
    expect(await customer.balance()).toBe(before);
    const book = page.getByRole('button', { name: 'Book the payment' });
    expect(await book.isDisabled()).toBe(true);
    await page.getByLabel('How you know').fill('The reference of the remittance');
    await book.click();
    await page.getByText('The purchase is fully paid').waitFor();
    expect(await customer.balance()).toBe('500.000000000');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('All money is booked').waitFor();
    await page.getByLabel('Which').selectOption('resolved');
    await page.getByText('Payment for an unknown account').first().waitFor();
    await context.close();
  });

  it('takes a break over, and resolves it with a reason', async () => {
    await post('/v1/payments', { provider: 'bank', providerPaymentId: 'tx-lost-2', amount: '7.00', currency: 'EUR' }, web.story.market.finance);
    const { context, page } = await web.signIn(web.story.market.finance);
    await page.goto(`${web.url}/app/desk/money`);
    await page.getByRole('row').filter({ hasText: 'Payment for an unknown account' }).getByRole('button', { name: 'Look' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('tx-lost-2').waitFor();
    await dialog.getByLabel('New owner').fill('treasury team');
    await dialog.getByRole('button', { name: 'Take over' }).click();
    await dialog.getByText('treasury team').waitFor();
    const resolve = dialog.getByRole('button', label('Resolve'));
    await dialog.getByLabel('How it ends').selectOption('returned');
    expect(await resolve.isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill('Sent back to the sender');
    await resolve.click();
    await page.getByText('There is no open break').waitFor();
    await page.getByLabel('Which').selectOption('resolved');
    await page.getByRole('row').filter({ hasText: 'treasury team' }).getByRole('button', { name: 'Look' }).click();
    await page.getByText('Money returned').waitFor();
    await page.getByText('Sent back to the sender').waitFor();
    await context.close();
  });

  it('shows versions of rates with the state of each notice', async () => {
    const version = await web.story.market.version(cardId, { captions: { minutes: '4' } }, plusDays(await web.story.day(), 40));
    const { context, page } = await web.signIn(web.story.market.operator);
    await page.goto(`${web.url}/app/desk/rates?card=${cardId}`);
    const notices = page.getByRole('region', { name: `Notices of version ${String(version)}` });
    await notices.getByText('Thirty days not begun').waitFor();
    await page.getByText('Accounts concerned: 1. Told: 1. Delivered: 0.').waitFor();
    await web.story.acknowledge(customer, version);
    await page.reload();
    await notices.getByText('Delivered', { exact: true }).nth(1).waitFor();
    await page.getByText('Accounts concerned: 1. Told: 1. Delivered: 1.').waitFor();
    await page.getByRole('link', label('1')).click();
    await page.getByText('This version concerns no account').waitFor();
    await context.close();
  });

  it('shows the queues, and replays what was given up', async () => {
    const [event] = await web.story.service.database.query<{ seq: string; ordinal: number; id: string }[]>(
      'SELECT seq, ordinal, id FROM outbox WHERE account_id = $1 ORDER BY seq LIMIT 1',
      [customer.accountId],
    );
    await withClient({ url: web.story.database.ownerUrl, applicationName: 'test-parking' }, (client) =>
      client.query(
        `INSERT INTO delivery (account_id, seq, ordinal, target_kind, target_id, message_id, state, attempts, last_status, last_excerpt, settled_at)
         VALUES ($1, $2, $3, 'webhook', 'hook-1', $4, 'parked', 10, 500, '<b>oh no</b>', clock_timestamp())`,
        [customer.accountId, event?.seq, event?.ordinal, event?.id],
      ),
    );
    const { context, page } = await web.signIn(web.story.market.operator);
    await page.getByRole('link', { name: 'Queues' }).click();
    const row = page.getByRole('row').filter({ hasText: 'hook-1' });
    await row.getByText('500 <b>oh no</b>').waitFor();
    await row.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('Nothing was given up').waitFor();
    const [{ state } = { state: '' }] = await web.story.service.database.query<{ state: string }[]>("SELECT state FROM delivery WHERE target_id = 'hook-1'");
    expect(state).toBe('pending');
    expect(await page.getByRole('link', { name: 'Jobs and schedules' }).getAttribute('href')).toBe('/queues');
    await context.close();
  });

  it('confirms as the second operator, declines with a reason, and lets nobody confirm what they asked for', async () => {
    const adjust = (credits: string) => post(`${customer.url}/adjustments`, { credits, reason: 'outage of 3 May' }, web.story.market.operator);
    await adjust('5000');
    const before = await customer.balance();
    const first = await web.signIn(web.story.market.operator);
    await first.page.getByRole('button', { name: 'Look and decide' }).click();
    await first.page.getByText('asked for by you').waitFor();
    expect(await first.page.getByRole('button', label('Confirm')).count()).toBe(0);
    await first.context.close();
    const { context, page } = await web.signIn(second);
    await page.getByRole('button', { name: 'Look and decide' }).click();
    await page.getByText('outage of 3 May').waitFor();
    const confirm = page.getByRole('button', label('Confirm'));
    expect(await confirm.isDisabled()).toBe(true);
    expect(await customer.balance()).toBe(before);
    await page.getByText('I have checked this').click();
    await confirm.click();
    await page.getByText('Nothing is waiting').waitFor();
    expect(await customer.balance()).toBe('5500.000000000');
    await adjust('6000');
    await page.reload();
    await page.getByRole('button', { name: 'Look and decide' }).click();
    await page.getByRole('button', label('Decline')).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('Not agreed with the licensee');
    await page.getByRole('button', { name: 'Decline it' }).click();
    await page.getByText('Nothing is waiting').waitFor();
    expect(await customer.balance()).toBe('5500.000000000');
    await context.close();
  });

  it('is not there for a licensee, neither its pages nor what they read', async () => {
    const { context, page } = await web.signIn(customer.admin);
    for (const path of ['/desk', '/desk/money', '/desk/rates', '/desk/queues', `/a/${customer.accountId}/standing`]) {
      await page.goto(`${web.url}/app${path}`);
      await page.getByText('There is no page at this address').waitFor();
    }
    expect(await page.getByRole('link', { name: 'Desk' }).count()).toBe(0);
    const routes = ['/v1/accounts', '/v1/acts', '/v1/breaks', '/v1/payments/unbooked', '/v1/queues', '/v1/rate-cards', `/v1/rate-cards/${cardId}/versions/1/notices`, '/v1/administrative-acts'];
    const answers = await page.evaluate((urls) => Promise.all(urls.map(async (url) => (await fetch(url)).status)), routes);
    expect(answers).toEqual(routes.map(() => 403));
    const suspended = await page.evaluate(
      async (url) => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': 'x' }, body: '{"reason":"x","reference":"x"}' })).status,
      `${customer.url}/suspension`,
    );
    expect(suspended).toBe(403);
    await context.close();
  });

  it.each(['light', 'dark'] as const)('axe finds nothing on its pages and sheets in %s', async (colorScheme) => {
    await post('/v1/payments', { provider: 'bank', providerPaymentId: `tx-axe-${colorScheme}`, amount: '9.00', currency: 'EUR' }, web.story.market.finance);
    await post(`${customer.url}/adjustments`, { credits: '7000', reason: 'axe' }, web.story.market.operator);
    const { context, page, complaints } = await web.signIn(await web.story.service.key(['finance', 'operator']), { colorScheme });
    const open: Readonly<Record<string, string>> = { '/desk': 'Look and decide', '/desk/money': 'Match' };
    for (const path of ['/desk', '/desk/money', '/desk/rates', '/desk/queues', `/a/${customer.accountId}/standing`]) {
      await page.goto(`${web.url}/app${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settled(page);
      expect([path, await accessibilityFaults(page)]).toEqual([path, []]);
      const button = open[path];
      if (button === undefined) continue;
      await page.getByRole('button', { name: button }).first().click();
      await page.getByRole('dialog').waitFor();
      await settled(page);
      expect([button, await accessibilityFaults(page)]).toEqual([button, []]);
    }
    await page.goto(`${web.url}/app/desk/money`);
    await page.getByRole('button', { name: 'Look' }).first().click();
    await page.getByRole('dialog').waitFor();
    await settled(page);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
