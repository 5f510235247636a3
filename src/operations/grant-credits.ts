import { amount } from '../domain/credits.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface GrantRequest {
  readonly kind: 'trial' | 'promotional';
  readonly credits: string;
  /** Last calendar day of validity, included; absent: the whole Term. */
  readonly validThrough?: string | undefined;
  readonly reason: string;
}

/** Gives trial or promotional credits, which nobody paid for. */
export class GrantCredits {
  constructor(private readonly ledger: Ledger) {}

  run(accountId: string, request: GrantRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'grant',
      ...commandOrigin(requester, 'grant', accountId, { ...request }),
      kind: request.kind,
      credits: amount(request.credits),
      validThrough: request.validThrough ?? null,
      reason: request.reason,
    });
  }
}
