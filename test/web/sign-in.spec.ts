import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { freePort } from '../../src/platform/free-port.js';
import { accessibilityFaults, inChromium, openWindow } from '../support/browser.js';
import { CLIENT_ID, CLIENT_SECRET, RealIdentityProvider } from '../support/identity-provider.js';
import type { Customer } from '../support/market.js';
import { plusDays } from '../support/story.js';
import { WebAccount } from '../support/web-account.js';

jest.setTimeout(240_000);

inChromium('signing in with the organisation, in a browser', () => {
  let issuer: RealIdentityProvider;
  let web: WebAccount;
  let customer: Customer;

  beforeAll(async () => {
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${String(port)}`;
    issuer = await RealIdentityProvider.start(publicUrl);
    const identityProvider = {
      issuer: issuer.url,
      audience: 'credits',
      jwksUri: null,
      rolesClaim: 'roles',
      roles: { 'credits-admin': ['account:admin' as const], 'credits-operator': ['operator' as const] },
      accountClaim: 'account_id',
      signIn: { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, scope: 'openid credits', sessionMinutes: 60 },
    };
    web = await WebAccount.open({ port, parts: { identityProvider, publicUrl } });
    const began = await web.story.day();
    customer = await web.story.market.customer({ captions: { minutes: '3' } }, ['100'], { termStart: began, termEnd: plusDays(began, 300) });
    issuer.people.set('jane', { roles: ['credits-admin'], account_id: customer.accountId });
    issuer.people.set('otto', { roles: ['credits-operator'] });
    issuer.people.set('mallory', { roles: ['gardener'] });
  });

  afterAll(async () => {
    await web.close();
    await issuer.close();
  });

  /** The provider's own pages; what they would load from elsewhere is not there. */
  async function atProvider(page: Page, login: string): Promise<void> {
    await page.getByPlaceholder('Enter any login').fill(login);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button').click();
    await page.getByRole('button', { name: 'Continue' }).click();
  }

  async function windowFor(options: Parameters<typeof openWindow>[1] = {}): ReturnType<typeof openWindow> {
    const window = await openWindow(web.browser, options);
    await window.context.route(({ hostname }) => !['127.0.0.1', 'localhost'].includes(hostname), (route) => route.abort());
    return window;
  }

  it('comes back to the page that was wanted, shows what the roles allow, and signs out on both sides', async () => {
    const { context, page } = await windowFor();
    await page.goto(`${web.url}/app/a/${customer.accountId}/ledger?type=purchase`);
    await page.getByRole('button', { name: 'Sign in with your organisation' }).click();
    await atProvider(page, 'jane');
    await page.getByRole('heading', { name: 'Ledger', level: 1 }).waitFor();
    expect(page.url()).toBe(`${web.url}/app/a/${customer.accountId}/ledger?type=purchase`);
    expect(await context.cookies(web.url)).toMatchObject([{ name: 'credits_session', httpOnly: true, sameSite: 'Strict' }]);
    expect(await page.evaluate<string>('JSON.stringify([sessionStorage, localStorage])')).not.toMatch(/kat_|kas_|eyJ/);
    // A reload keeps the session; nothing of the provider's answer is left in the address or behind it.
    await page.reload();
    await page.getByRole('heading', { name: 'Ledger', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: /Yes/ }).click();
    await page.waitForURL(`${web.url}/app/sign-in`);
    await page.getByRole('button', { name: 'Sign in with your organisation' }).click();
    // The provider asks again who it is.
    await page.getByPlaceholder('Enter any login').waitFor();
    await context.close();
  });

  it('leads an operator to the desk', async () => {
    const { context, page } = await windowFor();
    await page.goto(`${web.url}/app/`);
    await page.getByRole('button', { name: 'Sign in with your organisation' }).click();
    await atProvider(page, 'otto');
    await page.getByRole('heading', { name: 'Desk', level: 1 }).waitFor();
    await context.close();
  });

  it('opens nothing for whose roles mean nothing here, nor by an answer that was meant for another browser', async () => {
    const { context, page } = await windowFor();
    await page.goto(`${web.url}/app/sign-in`);
    await page.getByRole('button', { name: 'Sign in with your organisation' }).click();
    await atProvider(page, 'mallory');
    await page.getByText('does not have the right').waitFor();
    expect(page.url()).toBe(`${web.url}/app/sign-in`);
    await page.goto(`${web.url}/app/sign-in?code=stolen&state=guessed&iss=${encodeURIComponent(issuer.url)}`);
    await page.getByText('This sign-in was not completed').waitFor();
    expect(page.url()).toBe(`${web.url}/app/sign-in`);
    expect(await context.cookies(web.url)).toEqual([]);
    await context.close();
  });

  it.each(['light', 'dark'] as const)('axe finds nothing on the sign-in page in %s', async (colorScheme) => {
    const { context, page, complaints } = await windowFor({ colorScheme });
    await page.goto(`${web.url}/app/sign-in`);
    await page.getByRole('button', { name: 'Sign in with your organisation' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
