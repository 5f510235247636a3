import type { OutgoingPayment, RefundGround } from '../domain/command.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import type { ActCarrier, ConfirmedAct, SecondOperator, VerdictOrAct } from './second-operator.js';

export interface RefundRequest {
  readonly lotId: string;
  /** Null is refused: a purchase is final (P4). */
  readonly ground: RefundGround | null;
  readonly outgoingPayment: OutgoingPayment;
  readonly creditNote: string;
}

/** P4: pays back what is left of a lot, on a ground in the Agreement or in law, wanted by two operators. */
export class RefundLot implements ActCarrier {
  constructor(
    private readonly ledger: Ledger,
    private readonly secondOperator: SecondOperator,
  ) {}

  run(accountId: string, request: RefundRequest, requester: Requester): Promise<VerdictOrAct> {
    return this.secondOperator.tryOrAsk('refund', accountId, asJson(request), requester, () => this.refund(accountId, request, requester, null));
  }

  carryOut({ accountId, request, requestedBy, confirmer }: ConfirmedAct): Promise<Verdict> {
    return this.refund(accountId, request as unknown as RefundRequest, confirmer, requestedBy);
  }

  private refund(accountId: string, request: RefundRequest, requester: Requester, requestedBy: string | null): Promise<Verdict> {
    const { ground, outgoingPayment, creditNote } = request;
    return this.ledger.execute({
      type: 'refund-lot',
      ...commandOrigin(requester, 'refund-lot', accountId, { ...asJson(request), requestedBy }),
      lotId: Number(request.lotId),
      ground,
      outgoingPayment,
      creditNote,
      requestedBy,
    });
  }
}

function asJson({ lotId, ground, outgoingPayment, creditNote }: RefundRequest) {
  return { lotId, ground: ground && { ...ground }, outgoingPayment: { ...outgoingPayment }, creditNote };
}
