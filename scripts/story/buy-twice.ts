import type { AccountKeys } from './account-keys.js';
import { CallFailedError, type ApiClient, type Call } from './api-client.js';
import { BusinessClock } from './business-clock.js';
import { dayAfter, startOfDay } from './calendar.js';
import { ADDENDUM, CURRENCY, UNIT_PRICE, priceOf, type Plot, type TokenRates } from './plot.js';

/** The notice's thirty days, and a day more on either side, for midnight may pass while the story is told. */
const NOTICE_DAYS = 31;
const TERM_DAYS = 365;

export interface Bought {
  readonly firstLotId: number;
  readonly secondLotId: number;
}

/**
 * Tells a plot through the API: an order form with a first purchase; a change of rates, announced, acknowledged and waited
 * out on the test clock (P2); a second purchase at the new rates. Told again, it finds everything done: what can be looked
 * up is looked up, and everything else goes under the same idempotency keys.
 */
export class BuyTwice {
  private readonly account: string;

  constructor(
    private readonly client: ApiClient,
    private readonly operatorKey: string,
    private readonly plot: Plot,
    private readonly clock = new BusinessClock(client, operatorKey),
  ) {
    this.account = `/v1/accounts/${plot.accountId}`;
  }

  /** The account, before it has signed anything. Keys can be bound to it from here on. */
  async openAccount(): Promise<void> {
    const { licensee, accountId } = this.plot;
    await this.findOrMake(`/v1/licensees/${licensee.licenseeId}`, '/v1/licensees', licensee);
    await this.findOrMake(this.account, '/v1/accounts', { accountId, licenseeId: licensee.licenseeId });
  }

  async tell(keys: AccountKeys): Promise<Bought> {
    const { plot } = this;
    const { createdAt } = await this.client.succeed<{ createdAt: string }>(this.read(this.account));
    const began = Date.parse(createdAt);
    const card = `/v1/rate-cards/${plot.card.cardId}`;
    await this.findOrMake(card, '/v1/rate-cards', plot.card);

    await this.publish(1, dayAfter(began, 0), plot.firstRates, 'The first rates.');
    const firstLotId = await this.pay(keys, await this.sign(began), plot.firstCredits);

    const effectiveDate = dayAfter(began, NOTICE_DAYS);
    await this.publish(2, effectiveDate, plot.secondRates, `From ${effectiveDate} on, new purchases of credits are at new rates.`);
    await this.acknowledge(keys);
    // The version reaches purchases from the day after its effective date (P2).
    await this.clock.advanceTo(startOfDay(dayAfter(began, NOTICE_DAYS + 2)));
    const secondLotId = await this.pay(keys, await this.buy(keys), plot.secondCredits);
    return { firstLotId, secondLotId };
  }

  private async sign(began: number): Promise<string> {
    const { orderFormNumber, feature, card, firstCredits } = this.plot;
    const { purchases } = await this.client.succeed<{ purchases: { purchaseId: string }[] }>(
      this.change(`${this.account}/order-forms`, this.operatorKey, 'sign', {
        number: orderFormNumber,
        timeZone: 'UTC',
        termStart: dayAfter(began, 0),
        termEnd: dayAfter(began, TERM_DAYS),
        features: [{ feature, mode: 'credits' }],
        rateCardId: card.cardId,
        rateVersion: '1',
        unitPrice: UNIT_PRICE,
        currency: CURRENCY,
        ...ADDENDUM,
        purchases: [{ credits: firstCredits }],
      }),
    );
    return only(purchases).purchaseId;
  }

  private async buy(keys: AccountKeys): Promise<string> {
    const { purchase } = await this.client.succeed<{ purchase: { purchaseId: string } }>(
      this.change(`${this.account}/purchases`, keys.admin, 'buy', { credits: this.plot.secondCredits }),
    );
    return purchase.purchaseId;
  }

  /** Answers the lot that the payment brought about (P3). */
  private async pay(keys: AccountKeys, purchaseId: string, credits: string): Promise<number> {
    const { lotId } = await this.client.succeed<{ lotId: number | null }>(
      this.change('/v1/payments', keys.finance, `pay-${purchaseId}`, {
        accountId: this.plot.accountId,
        purchaseId,
        provider: 'bank',
        providerPaymentId: `transfer-${purchaseId}`,
        amount: priceOf(credits),
        currency: CURRENCY,
      }),
    );
    if (lotId === null) throw new Error(`purchase ${purchaseId} was paid in full, and not allocated`);
    return lotId;
  }

  private async publish(version: number, effectiveDate: string, rates: TokenRates, text: string): Promise<void> {
    const versions = `/v1/rate-cards/${this.plot.card.cardId}/versions`;
    const content = {
      effectiveDate,
      features: [
        { feature: this.plot.feature, rates: Object.entries(rates).map(([meter, creditsPerUnit]) => ({ meter, unit: 'token', creditsPerUnit: String(creditsPerUnit) })) },
      ],
    };
    const path = `${versions}/${String(version)}`;
    await this.findOrMake(path, versions, content);
    // Also where it is published already: if telling its accounts broke off, this goes on with it.
    await this.client.succeed(this.change(`${path}/publish`, this.operatorKey, `publish-${String(version)}`, { text }));
  }

  private async acknowledge(keys: AccountKeys): Promise<void> {
    const { items } = await this.client.succeed<{ items: { noticeId: string }[] }>(this.read(`${this.account}/notices`));
    const { noticeId } = only(items);
    await this.client.succeed(this.change(`${this.account}/notices/${noticeId}/acknowledge`, keys.admin, 'acknowledge'));
  }

  private async findOrMake(where: string, collection: string, body: object): Promise<void> {
    const found = await this.client.call(this.read(where));
    if (found.status === 200) return;
    if (found.status !== 404) throw new CallFailedError(`GET ${where} was answered ${String(found.status)}`);
    await this.client.succeed(this.change(collection, this.operatorKey, `make-${where}`, body));
  }

  private read(path: string): Call {
    return { method: 'GET', path, apiKey: this.operatorKey };
  }

  private change(path: string, apiKey: string, step: string, body?: object): Call {
    const idempotencyKey = `${this.plot.accountId}:${step}`;
    return { method: 'POST', path, apiKey, idempotencyKey, ...(body === undefined ? {} : { body }) };
  }
}

function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`expected one, found ${String(items.length)}`);
  return item;
}
