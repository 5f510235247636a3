import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../../scripts/story/api-client.js';
import { ADDENDUM } from '../../scripts/story/plot.js';

/** Accounts made ready through the API by an operator and finance, as in life. */
export class Customers {
  constructor(
    private readonly client: ApiClient,
    readonly operator: string,
    readonly finance: string,
  ) {}

  static async open(client: ApiClient, operator: string): Promise<Customers> {
    const { secret } = await issueKey(client, operator, { scopes: ['finance'] });
    const customers = new Customers(client, operator, secret);
    await client.call({ method: 'POST', path: '/v1/licensees', apiKey: operator, idempotencyKey: randomUUID(), body: { licenseeId: 'drill', legalName: 'Drill Corp.' } });
    return customers;
  }

  /** A published card, `{feature: {meter: credits per unit}}`. */
  async card(cardId: string, features: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
    await this.post('/v1/rate-cards', { cardId, name: 'Standard' });
    await this.rates(cardId, features, '2020-01-01');
  }

  /** Publishes another version; answers its number. */
  async rates(cardId: string, features: Readonly<Record<string, Readonly<Record<string, string>>>>, effectiveDate: string): Promise<number> {
    const listed = Object.entries(features).map(([feature, meters]) => ({
      feature,
      rates: Object.entries(meters).map(([meter, creditsPerUnit]) => ({ meter, unit: meter, creditsPerUnit })),
    }));
    const { version } = await this.post<{ version: number }>(`/v1/rate-cards/${cardId}/versions`, { effectiveDate, features: listed });
    await this.post(`/v1/rate-cards/${cardId}/versions/${String(version)}/publish`, { text: 'New rates.' });
    return version;
  }

  /** An account with a signed order form of fifteen years; nothing is bought yet. Answers the order form's id. */
  async account(accountId: string, cardId: string, features: readonly string[], more: object = {}): Promise<string> {
    await this.post('/v1/accounts', { accountId, licenseeId: 'drill' });
    const { orderFormId } = await this.post<{ orderFormId: string }>(`/v1/accounts/${accountId}/order-forms`, {
      number: `OF-${accountId}`,
      timeZone: 'UTC',
      termStart: '2025-01-01',
      termEnd: '2039-12-31',
      features: features.map((feature) => ({ feature, mode: 'credits' })),
      rateCardId: cardId,
      rateVersion: '1',
      unitPrice: '0.1',
      currency: 'EUR',
      ...ADDENDUM,
      ...more,
    });
    return orderFormId;
  }

  key(scopes: readonly string[], accountId?: string): Promise<{ readonly keyId: string; readonly secret: string }> {
    return issueKey(this.client, this.operator, { scopes, ...(accountId === undefined ? {} : { accountId }) });
  }

  /** Buys and pays; answers purchase and lot. */
  async buy(accountId: string, admin: string, credits: string): Promise<{ readonly purchaseId: string; readonly lotId: number }> {
    const { purchase } = await this.post<{ purchase: { purchaseId: string; price: string } }>(`/v1/accounts/${accountId}/purchases`, { credits }, admin);
    const { lotId } = await this.post<{ lotId: number }>(
      '/v1/payments',
      { accountId, purchaseId: purchase.purchaseId, provider: 'bank', providerPaymentId: randomUUID(), amount: purchase.price, currency: 'EUR' },
      this.finance,
    );
    return { purchaseId: purchase.purchaseId, lotId };
  }

  post<Body>(path: string, body: object, apiKey = this.operator): Promise<Body> {
    return this.client.succeed<Body>({ method: 'POST', path, apiKey, idempotencyKey: randomUUID(), body });
  }
}

function issueKey(client: ApiClient, operator: string, rights: object): Promise<{ keyId: string; secret: string }> {
  const body = { label: 'drill', ...rights };
  return client.succeed({ method: 'POST', path: '/v1/api-keys', apiKey: operator, idempotencyKey: randomUUID(), body });
}
