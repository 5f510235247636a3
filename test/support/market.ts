import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import {
  balanceAsOfAnswer,
  accountAnswer,
  licenseeAnswer,
  paidAnswer,
  placedAnswer,
  rateCardAnswer,
  rateVersionAnswer,
  signedAnswer,
} from '../../src/http/schemas/answers.js';
import type { newOrderForm } from '../../src/http/schemas/requests.js';
import { ok, type Answer, type Call, type TestService } from './service.js';

export type Fields = Readonly<Record<string, unknown>>;
type OrderForm = z.input<typeof newOrderForm>;

export const ADDENDUM = { addendumVersion: '2026-03-22', addendumHash: 'a'.repeat(64) };

/** Everything that has to be there before an account can use credits, made through the API. */
export class Market {
  private constructor(
    readonly service: TestService,
    readonly operator: string,
    readonly finance: string,
  ) {}

  static async open(service: TestService): Promise<Market> {
    const market = new Market(service, await service.key(['operator']), await service.key(['finance']));
    ok(await service.post('/v1/licensees', { licenseeId: 'acme', legalName: 'Acme Corp.' }, market.operator), licenseeAnswer);
    return market;
  }

  /** A card with one version, `{feature: {meter: creditsPerUnit}}`, published. */
  async card(features: Rates, cardId = `card-${randomUUID()}`): Promise<string> {
    ok(await this.service.post('/v1/rate-cards', { cardId, name: 'Standard' }, this.operator), rateCardAnswer);
    await this.version(cardId, features, '2020-01-01');
    return cardId;
  }

  async version(cardId: string, features: Rates, effectiveDate: string): Promise<number> {
    const { version } = ok(
      await this.service.post(`/v1/rate-cards/${cardId}/versions`, { effectiveDate, features: featuresOf(features) }, this.operator),
      rateVersionAnswer,
    );
    ok(await this.publish(cardId, version), rateVersionAnswer);
    return version;
  }

  publish(cardId: string, version: number, text = 'New rates.'): Promise<Answer> {
    return this.service.post(`/v1/rate-cards/${cardId}/versions/${version}/publish`, { text }, this.operator);
  }

  async account(accountId = `acc-${randomUUID()}`, licenseeId = 'acme'): Promise<Customer> {
    ok(await this.service.post('/v1/accounts', { accountId, licenseeId }, this.operator), accountAnswer);
    return new Customer(
      this,
      accountId,
      await this.service.key(['account:admin'], accountId),
      await this.service.key(['usage:write'], accountId),
    );
  }

  /** An account with an order form over a card of its own, and credits bought and paid. */
  async customer(features: Rates, credits: readonly string[], form: Partial<OrderForm> = {}): Promise<Customer> {
    const cardId = await this.card(features);
    const customer = await this.account();
    await customer.sign(cardId, Object.keys(features), form);
    for (const amount of credits) await customer.buy(amount);
    return customer;
  }
}

type Rates = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function featuresOf(rates: Rates): unknown[] {
  return Object.entries(rates).map(([feature, meters]) => ({
    feature,
    rates: Object.entries(meters).map(([meter, creditsPerUnit]) => ({ meter, unit: meter, creditsPerUnit })),
  }));
}

export class Customer {
  constructor(
    private readonly market: Market,
    readonly accountId: string,
    readonly admin: string,
    readonly backend: string,
  ) {}

  get url(): string {
    return `/v1/accounts/${this.accountId}`;
  }

  async sign(cardId: string, features: readonly string[], form: Partial<OrderForm> = {}): Promise<z.infer<typeof signedAnswer>> {
    return ok(await this.trySigning(cardId, features, form), signedAnswer);
  }

  trySigning(cardId: string, features: readonly string[], form: Partial<OrderForm> = {}): Promise<Answer> {
    return this.market.service.post(`${this.url}/order-forms`, orderForm(cardId, features, form), this.market.operator);
  }

  /** Places a purchase, and pays it whole. */
  async buy(credits: string): Promise<z.infer<typeof paidAnswer>> {
    const { purchase } = await this.place(credits);
    return ok(await this.pay(purchase.purchaseId, purchase.price), paidAnswer);
  }

  async place(credits: string): Promise<z.infer<typeof placedAnswer>> {
    return ok(await this.market.service.post(`${this.url}/purchases`, { credits }, this.admin), placedAnswer);
  }

  pay(purchaseId: string, amount: string, more: Fields = {}, call: Call = {}): Promise<Answer> {
    const body = { accountId: this.accountId, purchaseId, provider: 'bank', providerPaymentId: randomUUID(), amount, currency: 'EUR', ...more };
    return this.market.service.post('/v1/payments', body, { secret: this.market.finance, ...call });
  }

  debit(feature: string, usage: Readonly<Record<string, string>>, more: Fields = {}, idempotencyKey: string = randomUUID()): Promise<Answer> {
    return this.market.service.post(`${this.url}/debits`, { feature, usage, ...more }, { secret: this.backend, idempotencyKey });
  }

  async balance(): Promise<string> {
    return ok(await this.market.service.get(`${this.url}/balance`, this.admin), balanceAsOfAnswer).available;
  }
}

export function orderForm(cardId: string, features: readonly string[], more: Partial<OrderForm> = {}): OrderForm {
  return {
    number: `OF-${randomUUID()}`,
    timeZone: 'UTC',
    termStart: '2020-01-01',
    termEnd: '2039-12-31',
    features: features.map((feature) => ({ feature, mode: 'credits' })),
    rateCardId: cardId,
    rateVersion: '1',
    unitPrice: '0.1',
    currency: 'EUR',
    ...ADDENDUM,
    ...more,
  };
}
