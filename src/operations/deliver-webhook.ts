import type { DataSource } from 'typeorm';
import { instantText } from '../domain/calendar.js';
import type { LedgerEvent } from '../domain/event.js';
import { sha256 } from '../domain/hash-chain.js';
import type { Ledger } from '../ledger/ledger.js';
import type { WebhookAnswer, WebhookSender } from '../outbound/webhook-sender.js';
import { Batcher } from '../platform/batcher.js';
import { open } from '../platform/sealing.js';
import { appendEvent } from '../postgres/catalogue/append-event.js';
import {
  disableEndpoint,
  keepAttempts,
  readEndpointsWithSecrets,
  readLiveSecrets,
  type AttemptOn,
  type Endpoint,
  type EndpointWithSecrets,
  type SealedSecret,
} from '../postgres/catalogue/endpoints.js';
import { failedForGood, targetGone, type DeliveryOutcome } from './delivery-outcome.js';
import type { NoticeEvidence } from './notice-evidence.js';
import { recordDeliveredNotice } from './record-delivered-notice.js';
import { sealDelivery } from './seal-delivery.js';
import { secretPlace } from './webhook-endpoints.js';
import { uuidV7 } from './uuid-v7.js';

/** An endpoint that has failed for so long is switched off. */
const SWITCHED_OFF_AFTER_MS = 5 * 24 * 3_600_000;
const GONE = 410;
/** What came of messages that are answered so close to each other is written together. No message waits for it. */
const GATHER_MS = 10;

interface Message {
  readonly id: string;
  readonly type: string;
  readonly body: string;
}

/** Brings an event to an endpoint, signed by every secret that is live. Tried again it is the same message: its id stays. */
export class DeliverWebhook {
  /** Messages to many endpoints are under way at once: what each asks of the database goes together. */
  private readonly endpoints: Batcher<Pick<Endpoint, 'accountId' | 'endpointId'>, EndpointWithSecrets | null>;
  private readonly attempts: Batcher<AttemptOn, number | null>;

  constructor(
    private readonly database: DataSource,
    private readonly ledger: Pick<Ledger, 'execute'>,
    private readonly evidence: NoticeEvidence,
    private readonly sender: WebhookSender,
    private readonly sealingKeys: readonly Buffer[],
    private readonly wallNow: () => number,
    private readonly switchedOffAfterMs: number = SWITCHED_OFF_AFTER_MS,
  ) {
    this.endpoints = new Batcher((named) => readEndpointsWithSecrets(database, named, wallNow()));
    this.attempts = new Batcher((attempts) => keepAttempts(database, attempts), GATHER_MS);
  }

  async run(event: LedgerEvent, endpointId: string): Promise<DeliveryOutcome> {
    const found = await this.endpoints.do({ accountId: event.accountId, endpointId });
    if (found === null) return targetGone('the endpoint was removed');
    const { endpoint, secrets } = found;
    if (endpoint.disabledAt !== null) return failedForGood('the endpoint is switched off');
    const body = webhookBody(event);
    const answer = await this.post(endpoint, secrets, { id: event.id, type: event.type, body });
    if (!isSuccess(answer)) return { ok: false, permanent: answer.forbidden || answer.status === GONE, status: answer.status, excerpt: answer.excerpt };
    // The rules take it for a delivery where the order form names this address, and refuse it where it does not (SPEC 8).
    if (event.type === 'rates.announced') {
      await recordDeliveredNotice(this.ledger, event, endpointId, { means: 'webhook', url: endpoint.url, messageId: event.id }, '');
    }
    const at = this.wallNow();
    const shown = { endpointId, url: endpoint.url, messageId: event.id, answer: `${String(answer.status)} ${answer.excerpt}`.trim(), bodyHash: sha256(body) };
    await sealDelivery(this.evidence, event, 'webhook', at, shown);
    return { ok: true, status: answer.status, at };
  }

  /** The test button: one message that is no event, whether the endpoint is switched on or not. */
  async test(endpoint: Endpoint): Promise<WebhookAnswer> {
    const now = this.wallNow();
    const id = uuidV7(now);
    const body = JSON.stringify({ type: 'endpoint.test', timestamp: instantText(now), data: { accountId: endpoint.accountId, endpointId: endpoint.endpointId } });
    return this.post(endpoint, await readLiveSecrets(this.database, endpoint, now), { id, type: 'endpoint.test', body });
  }

  private async post(endpoint: Endpoint, sealed: readonly SealedSecret[], { id, type, body }: Message): Promise<WebhookAnswer> {
    const now = this.wallNow();
    const secrets = sealed.map((secret) => open(this.sealingKeys, secretPlace(endpoint, secret.secretId), secret.sealed));
    const answer = await this.sender.send({ url: endpoint.url, messageId: id, body, secrets, now });
    const { status, excerpt, durationMs } = answer;
    const { accountId, endpointId } = endpoint;
    const attempt = { attemptId: uuidV7(now), messageId: id, eventType: type, at: now, durationMs, status, excerpt };
    const failingSince = await this.attempts.do({ accountId, endpointId, attempt, succeeded: isSuccess(answer) });
    if (failingSince !== null && (status === GONE || now - failingSince >= this.switchedOffAfterMs)) await this.switchOff(endpoint, failingSince, status);
    return answer;
  }

  private async switchOff({ accountId, endpointId }: Endpoint, failingSince: number, status: number | null): Promise<void> {
    await this.database.transaction(async (manager) => {
      if (!(await disableEndpoint(manager, { accountId, endpointId }, this.wallNow()))) return;
      const data = { endpointId, failingSince: instantText(failingSince), status };
      await appendEvent(manager, accountId, { type: 'endpoint.disabled', ruleId: null, route: { mail: 'all', webhooks: true }, data });
    });
  }
}

function isSuccess(answer: WebhookAnswer): answer is WebhookAnswer & { status: number } {
  return answer.status !== null && answer.status >= 200 && answer.status < 300;
}

/** Standard Webhooks' payload: type, timestamp, data. What names the event and its place goes along. */
function webhookBody({ id, type, at, accountId, seq, data }: LedgerEvent): string {
  return JSON.stringify({ type, timestamp: at, id, accountId, seq, data });
}
