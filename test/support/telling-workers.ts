import type { TestService } from './service.js';
import { LOOPBACK, SEALING_KEY, noticeEvidence } from './service.js';
import { targetsOfEvents } from '../../src/operations/targets-of-events.js';
import { WebhookSender } from '../../src/outbound/webhook-sender.js';
import { createDelivery, type Delivery } from '../../src/workers/delivery.js';
import { Dispatch } from '../../src/workers/dispatch.js';

import { queueBackend } from '../../src/workers/queue-backend.js';
import { Rounds } from '../../src/workers/rounds.js';

const wallNow = (): number => Date.now();

/** All that brings events to people and machines, as the service runs it: relay, queue in PostgreSQL, workers, and mails of links. */
export class TellingWorkers {
  private constructor(
    private readonly dispatch: Dispatch,
    private readonly links: Rounds,
    private readonly delivery: Delivery,
    private readonly sender: WebhookSender,
  ) {}

  static start(service: TestService, writerUrl: string, mailUrl: string): TellingWorkers {
    const { database, ledger } = service;
    const onFailure = (error: unknown): void => {
      service.failures.push(error);
    };
    const sender = new WebhookSender({ allowedHosts: LOOPBACK });
    const mail = { url: mailUrl, from: 'AI Credits <credits@ledger.example>' };
    const delivery = createDelivery({ database, ledger, evidence: noticeEvidence(database), sealingKeys: [SEALING_KEY], webhookSender: sender, mail, publicUrl: service.url, wallNow });
    const dispatch = new Dispatch({
      database,
      backend: queueBackend({ redisUrl: null, writerUrl }),
      targetsOf: targetsOfEvents,
      deliver: { mail: delivery.deliverMail, webhook: delivery.deliverWebhook },
      clock: () => performance.now(),
      wallNow,
      onFailure,
      options: { firstRetryMs: 100, mostRetryMs: 200, attempts: 2 },
    });
    const links = new Rounds({ everyMs: 200, round: () => delivery.contactLinks.run(), onFailure });
    links.start();
    return new TellingWorkers(dispatch, links, delivery, sender);
  }

  async stop(): Promise<void> {
    await this.links.stop();
    await this.dispatch.stop();
    this.delivery.close();
    await this.sender.close();
  }
}
