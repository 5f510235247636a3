import type { DataSource } from 'typeorm';
import type { Amount } from '../domain/credits.js';
import type { Ledger } from '../ledger/ledger.js';
import type { AllowedHosts } from '../outbound/address-guard.js';
import type { WebhookSender } from '../outbound/webhook-sender.js';
import type { Retention, Secrets } from '../platform/config.js';
import type { Signal } from '../platform/signal.js';
import type { WallClock } from '../platform/wall-clock.js';
import type { RateLimit } from './access/rate-limits.js';
import type { IdentityProvider } from '../platform/identity-provider.js';
import type { StreamOptions } from './events/event-streams.js';
import type { VisibleQueues } from './operating/visible-queues.js';
import type { Readiness } from './health.controller.js';

/** What the HTTP side is given by whoever puts the service together. */
export interface HttpParts {
  readonly readiness: Readiness;
  /** From then on nothing new is taken. */
  readonly draining: () => boolean;
  readonly database: DataSource;
  readonly ledger: Ledger;
  /** What waits for workers, for operators to look at. */
  readonly queues: VisibleQueues;
  /** Raised after each commit that put something into the outbox. */
  readonly eventsWritten: Pick<Signal, 'listen'>;
  /** Told when something was put back to be delivered again. */
  readonly wakeRelay: () => void;
  readonly secrets: Secrets;
  /** Signing secrets of the payment provider's events; none: they are not taken. */
  readonly stripeWebhookSecrets: readonly string[];
  /** Posts to webhooks: the test button does at once. */
  readonly webhookSender: WebhookSender;
  /** Hosts that webhooks may reach wherever they are, and without TLS. */
  readonly webhookAllowedHosts: AllowedHosts;
  /** Credits that operators may give and take alone, per account and thirty days. */
  readonly adjustmentLimit: Amount;
  readonly sandbox: boolean;
  readonly retention: Retention;
  /** Bounds of event streams, where they are others than usual. */
  readonly streams?: Partial<StreamOptions>;
  /** The offline verifier, as one file. */
  readonly verifierFile: string;
  readonly wallClock: WallClock;
  /** Where the built web account lies. */
  readonly webFolder: string;
  /** Origins whose pages may show it in a frame. */
  readonly frameAncestors: readonly string[];
  /** Whether there is a POST that does nothing, for a benchmark to compare with. */
  readonly benchNoop: boolean;
  /** Beyond so many under way, requests are sent away with 503. */
  readonly requestsAtOnce: number;
  /** How often any key may ask. */
  readonly rateLimit: RateLimit;
  /** Who vouches for people; null: nobody, only keys pass. */
  readonly identityProvider: IdentityProvider | null;
  /** Where people reach the service, without a slash at the end. */
  readonly publicUrl: string;
}
