import type { DataSource } from 'typeorm';
import { amount, formatCredits } from '../domain/credits.js';
import { refuse, RefusedError } from '../domain/errors.js';
import { QUOTE_VALID_MS, type PurchaseQuote } from '../domain/quote.js';
import type { Ledger } from '../ledger/ledger.js';
import { answeredOnce } from '../postgres/catalogue/answered-once.js';
import { readPricesFor } from '../postgres/catalogue/prices.js';
import { insertQuote, readQuote } from '../postgres/catalogue/quotes.js';
import { catalogueRequest, type Requester } from './keyed-request.js';
import type { PurchaseRequest } from './place-purchase.js';
import { uuidV7 } from './uuid-v7.js';

/** P4: what buying credits would come to, kept for a day: the purchase that is placed by it is exactly this one, or none. */
export class QuotePurchase {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly wallNow: () => number,
  ) {}

  async run(accountId: string, request: PurchaseRequest, requester: Requester): Promise<{ readonly answer: PurchaseQuote; readonly replayed: boolean }> {
    const prices = await readPricesFor(this.database, accountId);
    const wish = { credits: amount(request.credits), orderFormId: request.orderFormId ?? null, prices };
    const keyed = catalogueRequest(`account:${accountId}`, requester, 'quote-purchase', {
      credits: formatCredits(wish.credits),
      orderFormId: wish.orderFormId,
    });
    const { answer: quoteId, replayed } = await answeredOnce(this.database, keyed, async (manager) => {
      const offered = await this.ledger.quotePurchase(accountId, wish);
      if ('code' in offered) throw new RefusedError(offered);
      const quote = { ...offered.terms, quoteId: uuidV7(this.wallNow()), quotedAt: offered.at, expiresAt: offered.at + QUOTE_VALID_MS };
      await insertQuote(manager, accountId, quote, requester.actor);
      return quote.quoteId;
    });
    const answer = await readQuote(this.database, accountId, quoteId);
    return answer === null ? refuse('quote-not-found', 'This account has no such quote.') : { answer, replayed };
  }
}
