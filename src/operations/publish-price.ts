import type { DataSource } from 'typeorm';
import { addDays, localDate } from '../domain/calendar.js';
import { refuse } from '../domain/errors.js';
import { PRICE_NOTICE_DAYS } from '../domain/price.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { insertPrice, type PublishedPrice } from '../postgres/catalogue/prices.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { rateCardExists } from '../postgres/reads/rate-cards.js';
import { operatorRequest, type Requester } from './keyed-request.js';

export interface NewPrice {
  readonly currency: string;
  readonly unitPrice: string;
  readonly effectiveDate: string;
}

/**
 * P4: the then-current price of a card's credits in a currency, from a day on. That day is still to come in every zone, so
 * that what was current at an instant never changes afterwards. Prices that were bought at are never touched.
 */
export class PublishPrice {
  constructor(private readonly database: DataSource) {}

  run(cardId: string, price: NewPrice, requester: Requester): Promise<Answered<PublishedPrice>> {
    return answeredOnce(this.database, operatorRequest(requester, 'publish-price', { cardId, ...price }), async (manager) => {
      if (!(await rateCardExists(manager, cardId))) refuse('rate-card-not-found', `There is no rate card ${cardId}.`);
      const { now } = await readBusinessTime(manager);
      const earliest = addDays(localDate(now, 'UTC'), PRICE_NOTICE_DAYS);
      if (price.effectiveDate < earliest) {
        refuse('price-too-soon', `A price takes effect on ${earliest} at the earliest.`, { pointer: '/effectiveDate', data: { earliest } });
      }
      return insertPrice(manager, { cardId, ...price }, { now, actor: requester.actor });
    });
  }
}
