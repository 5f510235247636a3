import { setTimeout as sleep } from 'node:timers/promises';
import type { MailContactLinks } from '../operations/mail-contact-links.js';

/** Mails the links that verify contacts' addresses, every moment, for as long as the service runs. Several instances may. */
export class LinkMails {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly links: MailContactLinks,
    private readonly everyMs: number,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  start(): void {
    this.running = this.mailUntilStopped();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async mailUntilStopped(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.links.run().catch(this.onFailure);
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
