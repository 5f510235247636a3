import type { DataSource } from 'typeorm';
import { transactionReference } from '../domain/break.js';
import { ZERO } from '../domain/credits.js';
import { refuse } from '../domain/errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { readBreaks, resolveBreak } from '../postgres/catalogue/breaks.js';
import { readPaymentReceipt, readReversalReceipts } from '../postgres/catalogue/receipts.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import type { ReversePayment } from './reverse-payment.js';

export interface MatchRequest {
  readonly provider: string;
  readonly providerPaymentId: string;
  readonly accountId: string;
  readonly purchaseId: string;
  readonly reason: string;
}

/** Finance says what money is for that nobody could book: an act of a person, with a reason, that ends the breaks of it. */
export class MatchPayment {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly reversals: ReversePayment,
  ) {}

  async run(request: MatchRequest, requester: Requester): Promise<Verdict> {
    const { provider, providerPaymentId, accountId, purchaseId, reason } = request;
    const receipt = await readPaymentReceipt(this.database, provider, providerPaymentId);
    if (receipt === null) return refuse('payment-not-found', 'No such payment was reported.', { pointer: '/providerPaymentId' });
    const takenBack = await readReversalReceipts(this.database, provider, providerPaymentId);
    const left = takenBack.reduce((sum, { amount }) => sum.sub(amount), receipt.amount);
    if (left.lte(ZERO)) refuse('payment-not-received', 'The bank has taken this payment back.', { data: { clause: 'P3' } });
    const verdict = await this.ledger.execute({
      type: 'record-payment',
      ...commandOrigin(requester, 'match-payment', accountId, { ...request }),
      provider,
      providerPaymentId,
      purchaseId,
      amount: receipt.amount,
      currency: receipt.currency,
      receivedAt: receipt.receivedAt,
      matched: reason,
    });
    if (!verdict.ok) return verdict;
    await this.reversals.bookReportedOf(provider, providerPaymentId);
    const { now } = await readBusinessTime(this.database);
    const open = await readBreaks(this.database, { state: 'open', reference: transactionReference(provider, providerPaymentId) });
    for (const { breakId, seq } of open) {
      // What the booking itself has shown, such as an excess, stays open.
      if (seq === null) await resolveBreak(this.database, breakId, { by: requester.actor, resolution: 'matched', reason, now });
    }
    return verdict;
  }
}
