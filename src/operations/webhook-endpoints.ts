import { randomBytes } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { isAllowedHost, type AllowedHosts } from '../outbound/address-guard.js';
import { newest, seal } from '../platform/sealing.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import {
  enableEndpoint,
  endSecret,
  insertEndpoint,
  insertSecret,
  readEndpoint,
  readEndpoints,
  readLiveSecrets,
  removeEndpoint,
  type Endpoint,
} from '../postgres/catalogue/endpoints.js';
import { accountExists } from '../postgres/reads/accounts.js';
import { catalogueRequest, type Requester } from './keyed-request.js';
import { uuidV7 } from './uuid-v7.js';

const ENDPOINTS_AT_MOST = 20;
/** How long the secret before is live after a rotation. */
const ROTATION_MS = 24 * 3_600_000;
const SECRET_BYTES = 24;

/** Shown once: a replay has none, because the database has only its ciphertext. */
export interface WithSecret extends Answered<{ readonly endpointId: string }> {
  readonly secret: string | null;
}

/** What a sealed secret is bound to: it opens at no other endpoint. */
export function secretPlace({ accountId, endpointId }: Pick<Endpoint, 'accountId' | 'endpointId'>, secretId: string): string {
  return `webhook-secret/${accountId}/${endpointId}/${secretId}`;
}

/** Endpoints for webhooks, kept by the licensee's admins. */
export class WebhookEndpoints {
  constructor(
    private readonly database: DataSource,
    /** The one in use first, then those before it. */
    private readonly sealingKeys: readonly Buffer[],
    private readonly allowedHosts: AllowedHosts,
    private readonly wallNow: () => number,
  ) {}

  async add(accountId: string, { url, eventTypes }: Pick<Endpoint, 'url' | 'eventTypes'>, requester: Requester): Promise<WithSecret> {
    const parsed = new URL(url);
    if (parsed.protocol !== 'https:' && !isAllowedHost(parsed, this.allowedHosts)) {
      refuse('invalid-request', 'An endpoint is reached by https.', { pointer: '/url' });
    }
    const secret = newSecret();
    const request = { url, eventTypes: eventTypes === null ? null : [...eventTypes] };
    const keyed = catalogueRequest(`account:${accountId}`, requester, 'add-endpoint', request);
    const answered = await answeredOnce(this.database, keyed, async (manager) => {
      if (!(await accountExists(manager, accountId))) refuse('account-not-found', 'There is no such account.');
      if ((await readEndpoints(manager, accountId)).length >= ENDPOINTS_AT_MOST) {
        refuse('limit-reached', `An account has at most ${String(ENDPOINTS_AT_MOST)} endpoints: remove one first.`);
      }
      const createdAt = this.wallNow();
      const endpointId = uuidV7(createdAt);
      await insertEndpoint(manager, { accountId, endpointId, url, eventTypes, createdAt });
      await this.keep(manager, { accountId, endpointId }, secret, createdAt);
      return { endpointId };
    });
    return { ...answered, secret: answered.replayed ? null : secret };
  }

  /** Both secrets sign for a day, then the newer one alone. A rotation within that day ends the oldest at once. */
  async rotate(accountId: string, endpointId: string, requester: Requester): Promise<WithSecret> {
    const secret = newSecret();
    const keyed = catalogueRequest(`account:${accountId}`, requester, 'rotate-endpoint-secret', { endpointId });
    const answered = await answeredOnce(this.database, keyed, async (manager) => {
      const named = { accountId, endpointId };
      if ((await readEndpoint(manager, named)) === null) noSuchEndpoint();
      const now = this.wallNow();
      const [current, ...older] = await readLiveSecrets(manager, named, now);
      for (const { secretId } of older) await endSecret(manager, named, secretId, now);
      if (current !== undefined) await endSecret(manager, named, current.secretId, now + ROTATION_MS);
      await this.keep(manager, named, secret, now);
      return { endpointId };
    });
    return { ...answered, secret: answered.replayed ? null : secret };
  }

  async find(accountId: string, endpointId: string): Promise<Endpoint> {
    return (await readEndpoint(this.database, { accountId, endpointId })) ?? noSuchEndpoint();
  }

  async remove(accountId: string, endpointId: string): Promise<void> {
    if (!(await removeEndpoint(this.database, { accountId, endpointId }, this.wallNow()))) noSuchEndpoint();
  }

  async enable(accountId: string, endpointId: string): Promise<Endpoint> {
    if (!(await enableEndpoint(this.database, { accountId, endpointId }))) noSuchEndpoint();
    return this.find(accountId, endpointId);
  }

  private async keep(manager: EntityManager, named: Pick<Endpoint, 'accountId' | 'endpointId'>, secret: string, createdAt: number): Promise<void> {
    const secretId = uuidV7(createdAt);
    await insertSecret(manager, named, { secretId, sealed: seal(newest(this.sealingKeys), secretPlace(named, secretId), secret), createdAt });
  }
}

/** As Standard Webhooks has it. */
function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

function noSuchEndpoint(): never {
  return refuse('endpoint-not-found', 'The account has no such endpoint.');
}
