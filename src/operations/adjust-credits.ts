import { amount, type Amount } from '../domain/credits.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import type { ActCarrier, ConfirmedAct, SecondOperator, VerdictOrAct } from './second-operator.js';

export interface AdjustmentRequest {
  /** Null: gives credits. Else takes them from this lot, which was granted or adjusted before. */
  readonly lotId: string | null;
  readonly credits: string;
  readonly reason: string;
}

/** SPEC 12: an operator's correction, with a reason; above the limit over thirty days with a second operator. */
export class AdjustCredits implements ActCarrier {
  constructor(
    private readonly ledger: Ledger,
    private readonly secondOperator: SecondOperator,
    /** Credits that operators may give and take alone, per account and thirty days. */
    private readonly limit: Amount,
  ) {}

  run(accountId: string, request: AdjustmentRequest, requester: Requester): Promise<VerdictOrAct> {
    return this.secondOperator.tryOrAsk('adjustment', accountId, { ...request }, requester, () => this.adjust(accountId, request, requester, null));
  }

  carryOut({ accountId, request, requestedBy, confirmer }: ConfirmedAct): Promise<Verdict> {
    return this.adjust(accountId, request as unknown as AdjustmentRequest, confirmer, requestedBy);
  }

  private adjust(accountId: string, request: AdjustmentRequest, requester: Requester, requestedBy: string | null): Promise<Verdict> {
    return this.ledger.execute({
      type: 'adjust',
      ...commandOrigin(requester, 'adjust', accountId, { ...request, requestedBy }),
      lotId: request.lotId === null ? null : Number(request.lotId),
      credits: amount(request.credits),
      reason: request.reason,
      limit: this.limit,
      requestedBy,
    });
  }
}
