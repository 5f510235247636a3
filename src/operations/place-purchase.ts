import type { DataSource } from 'typeorm';
import { amount } from '../domain/credits.js';
import { refuse } from '../domain/errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { readPricesFor } from '../postgres/catalogue/prices.js';
import { readQuote } from '../postgres/catalogue/quotes.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import { uuidV7 } from './uuid-v7.js';

export interface PurchaseRequest {
  readonly credits: string;
  /** Absent: the order form that governs the account. */
  readonly orderFormId?: string | undefined;
}

/** P4, P6: an admin of the licensee buys credits at the rates and price of now; they are allocated once paid. */
export class PlacePurchase {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly wallNow: () => number,
  ) {}

  async run(accountId: string, request: PurchaseRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'place-purchase',
      ...commandOrigin(requester, 'place-purchase', accountId, { ...request }),
      purchaseId: uuidV7(this.wallNow()),
      orderFormId: request.orderFormId ?? null,
      credits: amount(request.credits),
      prices: await readPricesFor(this.database, accountId),
    });
  }

  /** Exactly what was offered, once; a quote that has become stale is refused. */
  async byQuote(accountId: string, quoteId: string, requester: Requester): Promise<Verdict> {
    const quote = await readQuote(this.database, accountId, quoteId);
    if (quote === null) return refuse('quote-not-found', 'This account has no such quote.', { pointer: '/quoteId' });
    return this.ledger.execute({
      type: 'place-purchase',
      ...commandOrigin(requester, 'place-purchase', accountId, { quoteId }),
      purchaseId: quoteId,
      orderFormId: quote.orderFormId,
      credits: quote.credits,
      prices: await readPricesFor(this.database, accountId),
      quote,
    });
  }
}
