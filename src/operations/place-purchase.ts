import { amount } from '../domain/credits.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/settle.js';
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
    private readonly ledger: Ledger,
    private readonly wallNow: () => number,
  ) {}

  run(accountId: string, request: PurchaseRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'place-purchase',
      ...commandOrigin(requester, 'place-purchase', accountId, { ...request }),
      purchaseId: uuidV7(this.wallNow()),
      orderFormId: request.orderFormId ?? null,
      credits: amount(request.credits),
    });
  }
}
