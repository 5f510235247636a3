import type { DataSource } from 'typeorm';
import { canonicalJson } from '../domain/canonical-json.js';
import { amount } from '../domain/credits.js';
import { RefusedError, refusal, type Refusal } from '../domain/errors.js';
import { readOrderForm, type OrderFormDocument } from '../domain/order-form-document.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { readVersionsToTell } from '../postgres/reads/concerned-accounts.js';
import { rateCardExists, readRateVersion } from '../postgres/reads/rate-cards.js';
import { announceRates } from './announce-rates.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import { uuidV7 } from './uuid-v7.js';

/** Records a signed order form and places what it contains (P6), then tells the account of rates that come after its own. */
export class SignOrderForm {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly wallNow: () => number,
  ) {}

  async run(accountId: string, document: OrderFormDocument, requester: Requester): Promise<Verdict> {
    const wrong = await this.checkRateVersion(document);
    if (wrong !== null) return { ok: false, refusal: wrong };
    const now = this.wallNow();
    const verdict = await this.ledger.execute({
      type: 'sign-order-form',
      ...commandOrigin(requester, 'sign-order-form', accountId, { ...document }),
      form: readOrderForm(uuidV7(now), document),
      document: canonicalJson({ ...document }),
      purchases: (document.purchases ?? []).map(({ credits }) => ({ purchaseId: uuidV7(now), credits: amount(credits) })),
    });
    if (verdict.ok) await this.tellOfLaterRates(accountId, document);
    return verdict;
  }

  private async checkRateVersion({ rateCardId, rateVersion }: OrderFormDocument): Promise<Refusal | null> {
    if (!(await rateCardExists(this.database, rateCardId))) {
      return refusal('rate-card-not-found', `There is no rate card ${rateCardId}.`, { pointer: '/rateCardId' });
    }
    const stored = await readRateVersion(this.database, rateCardId, Number(rateVersion));
    if (stored === null) {
      return refusal('rate-version-not-found', `Rate card ${rateCardId} has no version ${rateVersion}.`, { pointer: '/rateVersion' });
    }
    if (stored.state !== 'published') {
      return refusal('rate-version-not-published', `Version ${rateVersion} of rate card ${rateCardId} is ${stored.state}, not published.`, {
        pointer: '/rateVersion',
      });
    }
    return null;
  }

  /** A version that no longer leaves this account 30 days stays out of its reach: no notice of it can be given (P2). */
  private async tellOfLaterRates(accountId: string, { rateCardId, rateVersion }: OrderFormDocument): Promise<void> {
    for (const later of await readVersionsToTell(this.database, accountId, rateCardId, Number(rateVersion))) {
      const told = await announceRates(this.ledger, accountId, { cardId: rateCardId, ...later });
      if (!told.ok && told.refusal.code !== 'notice-period-too-short') throw new RefusedError(told.refusal);
    }
  }
}
