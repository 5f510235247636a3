import type { DataSource } from 'typeorm';
import { amount } from '../domain/credits.js';
import { refusal, refuse } from '../domain/errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/settle.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readEntry } from '../postgres/reads/entries.js';
import { readPayment } from '../postgres/reads/purchases.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface PaymentRequest {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly provider: string;
  readonly providerPaymentId: string;
  /** At the currency's own scale. */
  readonly amount: string;
  readonly currency: string;
  /** Milliseconds; null: now. */
  readonly receivedAt: number | null;
}

/** As far as the clock of whoever received the money may run ahead. */
const MAX_LEAD_MS = 5 * 60_000;

/** P3: records money received, and allocates the credits of a purchase that it makes fully paid. */
export class RecordPayment {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
  ) {}

  async run(request: PaymentRequest, requester: Requester): Promise<Verdict> {
    const { accountId, purchaseId, provider, providerPaymentId, currency } = request;
    const { now } = await readBusinessTime(this.database);
    if (request.receivedAt !== null && request.receivedAt > now + MAX_LEAD_MS) {
      refuse('invalid-request', 'receivedAt lies in the future.', { pointer: '/receivedAt' });
    }
    const { receivedAt, ...rest } = request;
    const verdict = await this.ledger.execute({
      type: 'record-payment',
      ...commandOrigin(requester, 'record-payment', accountId, { ...rest, receivedAt: receivedAt === null ? null : String(receivedAt) }),
      purchaseId,
      provider,
      providerPaymentId,
      amount: amount(request.amount),
      currency,
      receivedAt: receivedAt ?? now,
    });
    return !verdict.ok && verdict.refusal.code === 'payment-conflict' ? this.answerRepeat(request, verdict) : verdict;
  }

  /** A provider that reports the same payment twice is answered as the first time; other content is a conflict. */
  private async answerRepeat(request: PaymentRequest, conflict: Verdict): Promise<Verdict> {
    const known = await readPayment(this.database, request.provider, request.providerPaymentId);
    const same =
      known !== null &&
      known.accountId === request.accountId &&
      known.purchaseId === request.purchaseId &&
      known.currency === request.currency &&
      known.amount.eq(request.amount) &&
      (request.receivedAt === null || request.receivedAt === known.receivedAt);
    if (!same) return conflict;
    const entry = await readEntry(this.database, known.accountId, known.seq);
    if (entry === null) return { ok: false, refusal: refusal('internal-error', 'The entry of a payment on record is missing.') };
    return { ok: true, entry, replayed: true };
  }
}
