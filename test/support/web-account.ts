import type { Browser } from 'playwright-core';
import { expect } from '@jest/globals';
import { signInLinkAnswer } from '../../src/http/schemas/sessions.js';
import { PrepareProposals } from '../../src/operations/prepare-proposals.js';
import { launch, openWindow } from './browser.js';
import { ok, type ServiceOptions } from './service.js';
import { Story } from './story.js';

type Window = Awaited<ReturnType<typeof openWindow>>;

/** The web account as people have it: the real service on a port, and a real browser in front of it. */
export class WebAccount {
  private constructor(
    readonly story: Story,
    readonly browser: Browser,
    readonly url: string,
  ) {}

  /** On any free port, unless one is named. */
  static async open({ port = 0, ...options }: ServiceOptions & { readonly port?: number } = {}): Promise<WebAccount> {
    const [story, browser] = await Promise.all([Story.open(options), launch()]);
    await story.service.app.listen(port, '127.0.0.1');
    return new WebAccount(story, browser, story.service.url);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.story.close();
  }

  /** What the sweep does every few seconds. */
  async prepareProposals(): Promise<void> {
    await new PrepareProposals(this.story.service.database).run();
  }

  async link(secret: string, request: object = {}): Promise<string> {
    const answer = await this.story.service.post('/v1/sign-in-links', request, { secret, idempotencyKey: null });
    return this.url + ok(answer, signInLinkAnswer).path;
  }

  /** A window in which somebody signed in with a link that a key made. */
  async signIn(secret: string, options: Parameters<typeof openWindow>[1] = {}): Promise<Window> {
    const window = await openWindow(this.browser, options);
    await window.page.goto(await this.link(secret));
    await window.page.getByRole('navigation').first().waitFor();
    expect(window.page.url()).not.toContain('kal_');
    return window;
  }
}
