import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { inChromium } from '../support/browser.js';
import { MailServer, readable } from '../support/mail-server.js';
import type { Customer } from '../support/market.js';
import { plusDays } from '../support/story.js';
import { TellingWorkers } from '../support/telling-workers.js';
import { WebAccount } from '../support/web-account.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

jest.setTimeout(240_000);

inChromium('alerts, set up in a browser and received for real', () => {
  let web: WebAccount;
  let mail: MailServer;
  let receiver: WebhookReceiver;
  let workers: TellingWorkers;
  let of: Customer;

  beforeAll(async () => {
    [web, mail, receiver] = await Promise.all([WebAccount.open(), MailServer.start(), WebhookReceiver.start()]);
    workers = TellingWorkers.start(web.story.service, web.story.database.writerUrl, mail.url);
    const began = await web.story.day();
    of = await web.story.market.customer({ captions: { minutes: '3' } }, ['100'], { termStart: began, termEnd: plusDays(began, 300) });
  });

  afterAll(async () => {
    await workers.stop();
    await Promise.all([mail.stop(), receiver.stop()]);
    await web.close();
  });

  const openAlerts = async (): Promise<{ page: Page; complaints: string[]; close: () => Promise<void> }> => {
    const { context, page, complaints } = await web.signIn(of.admin);
    await page.goto(`${web.url}/app/a/${of.accountId}/alerts`);
    await page.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor();
    return { page, complaints, close: () => context.close() };
  };
  const eventually = async (holds: () => boolean): Promise<void> => {
    const deadline = performance.now() + 60_000;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error('waited in vain');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const contacts = (page: Page) => page.getByRole('region', { name: 'Contacts' });
  const addContact = async (page: Page, name: string, address: string): Promise<void> => {
    await page.getByRole('button', { name: 'Add a contact' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('Name').fill(name);
    await sheet.getByLabel('Mail address').fill(address);
    await sheet.getByRole('button', { name: 'Add a contact' }).click();
  };

  it('contacts: one verified by the mailed link, one whose mail comes back', async () => {
    const { page, complaints, close } = await openAlerts();
    mail.refuses.set('gone@licensee.example', 550);
    await addContact(page, 'Somebody', 'nonsense');
    await page.getByText('This is no mail address.').waitFor();
    await page.keyboard.press('Escape');
    await addContact(page, 'Operations', 'ops@licensee.example');
    await contacts(page).getByText('not verified').waitFor();
    await addContact(page, 'Left', 'gone@licensee.example');
    await eventually(() => mail.to('ops@licensee.example').length > 0);
    const [mailed] = mail.to('ops@licensee.example');
    const link = /http:\/\/127\.0\.0\.1:\d+\/contacts\/verify\?token=[\w.-]+/.exec(mailed === undefined ? '' : readable(mailed))?.[0];
    const other = await page.context().newPage();
    await other.goto(link ?? 'about:blank');
    await other.getByRole('button').click();
    await other.close();
    await page.reload();
    await contacts(page).getByRole('row').filter({ hasText: 'Operations' }).getByText('verified', { exact: true }).waitFor();
    const left = contacts(page).getByRole('row').filter({ hasText: 'Left' });
    await left.getByText('mail came back').waitFor();
    expect(await left.innerText()).toContain('the mail server said 550');
    await page.goto(`${web.url}/app/a/${of.accountId}`);
    await page.getByText('Mail to a contact came back').waitFor();
    await page.getByRole('link', { name: 'See the contacts' }).click();
    await left.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await left.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await close();
  });

  it('an alert set up, rehearsed on the past, and received by mail and by a signed webhook', async () => {
    await web.story.use(of, 'captions', { minutes: '10' });
    const { page, complaints, close } = await openAlerts();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await page.getByLabel('Address').fill(receiver.url('/hooks'));
    await page.getByRole('dialog').getByRole('button', { name: 'Add a webhook' }).click();
    const secret = await page.locator('.secret').innerText();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Send a test message' }).click();
    await page.getByText('The test message arrived').waitFor();
    expect(receiver.at('/hooks')).toHaveLength(1);

    await page.getByRole('button', { name: 'Add an alert' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('At or below so many credits').fill('80');
    await sheet.getByRole('button', { name: 'Where would it have fired?' }).click();
    await sheet.getByText('It would have fired on these days, 1 in the last').waitFor();
    expect(await sheet.getByRole('listitem').innerText()).toMatch(/Balance\s+70\.00/);
    await sheet.getByLabel('At or below so many credits').fill('50');
    await sheet.getByRole('button', { name: 'Where would it have fired?' }).click();
    await sheet.getByText('It would not have fired').waitFor();
    await sheet.getByRole('button', { name: 'Create the alert' }).click();
    const rule = page.getByRole('row').filter({ hasText: 'Balance at or below 50 credits' });
    await rule.getByText('armed', { exact: true }).waitFor();

    const { seq } = await web.story.use(of, 'captions', { minutes: '10' });
    await eventually(() => receiver.at('/hooks').length > 1 && mail.to('ops@licensee.example').some((one) => readable(one).includes('Balance: 40 credits')));
    const hook = receiver.at('/hooks').at(-1);
    const event = new Webhook(secret).verify(hook?.body ?? '', hook?.headers as Record<string, string>);
    expect(event).toMatchObject({ type: 'balance.below', accountId: of.accountId, seq, data: { threshold: '50.000000000', balance: '40.000000000' } });
    await rule.getByText(/^fired /).waitFor();
    await rule.getByRole('link').click();
    await page.getByRole('heading', { name: `Entry ${String(seq)}, explained` }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('an endpoint that fails: what was given up is seen, and sent again with the same id', async () => {
    receiver.answers.set('/hooks', 500);
    await web.story.use(of, 'captions', { minutes: '7' });
    await eventually(() => receiver.at('/hooks').length > 3);
    const { page, close } = await openAlerts();
    const given = page.getByRole('region', { name: 'Messages on their way' });
    await given.getByText('answered 500').first().waitFor();
    await page.getByText('Newest attempts').click();
    await page.getByRole('region', { name: 'Newest attempts' }).getByText('The balance is low').first().waitFor();
    const tried = receiver.at('/hooks').at(-1)?.headers['webhook-id'];
    receiver.answers.delete('/hooks');
    await page.getByRole('button', { name: 'Try all again' }).click();
    await page.getByText('No message was given up').waitFor();
    await eventually(() => receiver.at('/hooks').length > 4);
    expect(receiver.at('/hooks').at(-1)?.headers['webhook-id']).toBe(tried);
    await page.getByRole('button', { name: 'Rotate the secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate the secret' }).click();
    expect(await page.locator('.secret').innerText()).toMatch(/^whsec_/);
    await close();
  });

  it('a rule is changed, muted and deleted; what the contract asks for cannot be switched off', async () => {
    const { page, close } = await openAlerts();
    const rule = page.getByRole('row').filter({ hasText: 'Balance at or below 50 credits' });
    await rule.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('At or below so many credits').fill('0.25.1');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Write a plain number above zero').waitFor();
    await page.getByLabel('At or below so many credits').fill('12.5');
    await page.getByRole('button', { name: 'Save' }).click();
    const changed = page.getByRole('row').filter({ hasText: 'Balance at or below 12.5 credits' });
    await changed.getByRole('button', { name: 'Mute' }).click();
    await changed.getByText('muted', { exact: true }).waitFor();
    await changed.getByRole('button', { name: 'Unmute' }).click();
    await changed.getByText('armed', { exact: true }).waitFor();
    await changed.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await changed.waitFor({ state: 'detached' });
    const suspended = page.getByRole('row').filter({ hasText: 'The account is suspended' });
    expect(await suspended.getByRole('button', { name: 'Mute' }).count()).toBe(0);
    await suspended.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('Mail goes to').selectOption('only these contacts');
    await page.getByText('And to the webhooks').click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('it can be routed to others, not switched off').waitFor();
    await close();
  });
});
