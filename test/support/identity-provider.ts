import { createServer, type Server } from 'node:http';
import { jest } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import type { Provider } from 'oidc-provider';
import { freePort } from '../../src/platform/free-port.js';

export const CLIENT_ID = 'credits-web';
export const CLIENT_SECRET = 'a-secret-that-only-the-service-knows';

/** Of a person, as the organisation says. */
export interface PersonClaims {
  readonly roles?: readonly string[];
  readonly account_id?: string;
}

/** A whole OpenID Connect provider on this machine: pages to sign in on, PKCE, tokens, claims of people, and an end of sessions. */
export class RealIdentityProvider {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    /** Who can sign in, with which claims; any password is right. */
    readonly people: Map<string, PersonClaims>,
  ) {}

  /** `webAccount`: where the web account lies, without a slash at the end. */
  static async start(webAccount: string): Promise<RealIdentityProvider> {
    // It needs this function, which Node 20 lacks.
    (URL as { parse?: unknown }).parse ??= (text: string, base?: string) => (URL.canParse(text, base) ? new URL(text, base) : null);
    silenceItsAdvice();
    const { Provider: Implementation } = await import('oidc-provider');
    // Another site than 127.0.0.1, to a browser: cookies are kept apart as they are in a deployment.
    const url = `http://localhost:${String(await freePort())}`;
    const people = new Map<string, PersonClaims>();
    const provider: Provider = new Implementation(url, await configurationFor(`${webAccount}/app/sign-in`, people));
    const server = createServer(provider.callback());
    await new Promise<void>((resolve) => server.listen(Number(new URL(url).port), '127.0.0.1', resolve));
    return new RealIdentityProvider(server, url, people);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => { resolve(); }));
  }
}

/** It tells the console at length what is only for development, which this is. */
function silenceItsAdvice(): void {
  for (const level of ['info', 'warn'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
}

async function configurationFor(redirectUri: string, people: ReadonlyMap<string, PersonClaims>): Promise<object> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [redirectUri],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'real', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['only for tests'] },
    scopes: ['openid', 'credits'],
    // Roles come with what it answers about the person, not in the ID token: both ways have to work.
    claims: { openid: ['sub'], credits: ['roles', 'account_id'] },
    pkce: { required: () => true },
    findAccount: (_context: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  };
}

/** A browser without a screen: it follows the provider's pages, keeps its cookies, and stops where it is sent back. */
export class PlainBrowser {
  private readonly cookies = new Map<string, string>();

  /** Signs in as somebody; answers the address that the provider sends the browser back to. */
  async signIn(location: string, login: string, backTo: string): Promise<URL> {
    let next = location;
    for (let steps = 0; steps < 20; steps += 1) {
      if (next.startsWith(backTo)) return new URL(next);
      const page = await this.ask(next);
      const redirect = page.headers.get('location');
      if (redirect !== null) {
        next = new URL(redirect, next).href;
        continue;
      }
      const form = await page.text();
      const action = /<form[^>]* action="([^"]+)"/.exec(form)?.[1];
      if (action === undefined) throw new Error(`no form: ${String(page.status)} ${form.slice(0, 500)}`);
      const fields = form.includes('value="login"') ? { prompt: 'login', login, password: 'any' } : hiddenFields(form);
      const answer = await this.ask(new URL(action, next).href, fields);
      next = new URL(answer.headers.get('location') ?? '', next).href;
    }
    throw new Error('the sign-in goes round in circles');
  }

  private async ask(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (/expires=Thu, 01 Jan 1970/i.test(set)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }
}

function hiddenFields(form: string): Record<string, string> {
  return Object.fromEntries([...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}
