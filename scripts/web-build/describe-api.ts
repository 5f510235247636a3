import { WebhookSender } from '../../src/outbound/webhook-sender.js';
import 'reflect-metadata';
import { amount } from '../../src/domain/credits.js';
import { createHttpApplication } from '../../src/http/application.js';
import { NO_QUEUES } from '../../src/http/operating/visible-queues.js';
import { openApiDocument } from '../../src/http/openapi/document.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { createLogger } from '../../src/platform/logging.js';
import { systemWallClock } from '../../src/platform/wall-clock.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';

const NOWHERE = 'postgres://nobody@127.0.0.1:1/none';

/** The OpenAPI document, out of the service's code alone: nothing listens, and no database is asked. */
export async function describeApi(): Promise<unknown> {
  const nothing = (): void => undefined;
  const app = await createHttpApplication(
    {
      readiness: () => Promise.resolve([]),
      draining: () => false,
      database: serviceDataSource({ url: NOWHERE, poolSize: 1, applicationName: 'describe', onPoolError: nothing }),
      ledger: new Ledger({ connectionString: NOWHERE, lanes: 1, queueLimit: 1, clock: () => 0, onFailure: nothing }),
      secrets: { keyPepper: Buffer.alloc(32), pseudonymKeys: [Buffer.alloc(32)], signingKeys: [Buffer.alloc(32)], evidenceKeys: [Buffer.alloc(32)], sealingKeys: [Buffer.alloc(32)] },
      stripeWebhookSecrets: [],
      eventsWritten: { listen: nothing },
      queues: NO_QUEUES,
      wakeRelay: nothing,
      webhookSender: new WebhookSender({ allowedHosts: new Set() }),
      webhookAllowedHosts: new Set(),
      retention: { metadataDays: 1, actDetailDays: 1, privacyRequestDays: 1, evidenceDays: 1 },
      rateLimit: { requests: 1, windowSeconds: 1 },
      identityProvider: null,
      publicUrl: '',
      adjustmentLimit: amount('0'),
      sandbox: true,
      wallClock: systemWallClock,
      verifierFile: '',
      webFolder: '',
      frameAncestors: [],
      benchNoop: false,
      requestsAtOnce: 1,
    },
    createLogger('silent'),
  );
  await app.init();
  const document = openApiDocument(app);
  await app.close();
  return document;
}
