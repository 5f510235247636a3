import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

/** P4: a purchase is final; an operator can void one only while nothing was received for it. */
export class VoidPurchase {
  constructor(private readonly ledger: Ledger) {}

  run(accountId: string, purchaseId: string, reason: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'void-purchase',
      ...commandOrigin(requester, 'void-purchase', accountId, { purchaseId, reason }),
      purchaseId,
      reason,
    });
  }
}
