import { amount } from '../domain/credits.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface WithholdingRequest {
  /** At the currency's own scale. */
  readonly amount: string;
  readonly currency: string;
  /** The authority's certificate. */
  readonly certificate: string;
}

/** What counts as paid besides money (SPEC 7): tax withheld under a certificate, and a small shortfall that finance lets go. */
export class CompletePayment {
  constructor(private readonly ledger: Ledger) {}

  recordWithholding(accountId: string, purchaseId: string, request: WithholdingRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'record-withholding',
      ...commandOrigin(requester, 'record-withholding', accountId, { purchaseId, ...request }),
      purchaseId,
      amount: amount(request.amount),
      currency: request.currency,
      certificate: request.certificate,
    });
  }

  writeOff(accountId: string, purchaseId: string, reason: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'write-off-shortfall',
      ...commandOrigin(requester, 'write-off-shortfall', accountId, { purchaseId, reason }),
      purchaseId,
      reason,
    });
  }
}
