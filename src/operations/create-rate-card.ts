import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { insertNew } from '../postgres/catalogue/insert-new.js';
import { RateCardRow } from '../postgres/entities/rate-card.entity.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import type { RateCard } from '../postgres/reads/rate-cards.js';
import { operatorRequest, type Requester } from './keyed-request.js';

export class CreateRateCard {
  constructor(private readonly database: DataSource) {}

  run(request: { readonly cardId: string; readonly name: string }, requester: Requester): Promise<Answered<RateCard>> {
    return answeredOnce(this.database, operatorRequest(requester, 'create-rate-card', request), async (manager) => {
      const { now } = await readBusinessTime(manager);
      const isNew = await insertNew(manager, RateCardRow, { ...request, createdAt: new Date(now) });
      if (!isNew) refuse('rate-card-exists', `There is a rate card ${request.cardId} already.`, { pointer: '/cardId' });
      return { ...request, createdAt: now, versions: [] };
    });
  }
}
