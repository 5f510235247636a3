import type { AttestedDelivery } from '../domain/command.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import type { ActCarrier, ConfirmedAct, SecondOperator, VerdictOrAct } from './second-operator.js';

export interface AttestationRequest extends Pick<AttestedDelivery, 'deliveredOn' | 'document'> {
  readonly noticeId: string;
}

/** P2: two operators attest, with a document, that a notice was delivered: by registered letter, by hand. */
export class AttestNotice implements ActCarrier {
  constructor(
    private readonly ledger: Ledger,
    private readonly secondOperator: SecondOperator,
  ) {}

  run(accountId: string, request: AttestationRequest, requester: Requester): Promise<VerdictOrAct> {
    return this.secondOperator.tryOrAsk('attestation', accountId, asJson(request), requester, () => this.attest(accountId, request, requester, null));
  }

  carryOut({ accountId, request, requestedBy, confirmer }: ConfirmedAct): Promise<Verdict> {
    return this.attest(accountId, request as unknown as AttestationRequest, confirmer, requestedBy);
  }

  private attest(accountId: string, request: AttestationRequest, requester: Requester, requestedBy: string | null): Promise<Verdict> {
    const { noticeId, deliveredOn, document } = request;
    return this.ledger.execute({
      type: 'deliver-notice',
      ...commandOrigin(requester, 'attest-notice', accountId, { ...asJson(request), requestedBy }),
      noticeId,
      evidence: { means: 'attested', deliveredOn, document, requestedBy },
    });
  }
}

function asJson({ noticeId, deliveredOn, document }: AttestationRequest) {
  return { noticeId, deliveredOn, document: { ...document } };
}
