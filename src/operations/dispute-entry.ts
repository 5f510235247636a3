import type { Claimant, DisputeOutcome } from '../domain/corrections.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface DisputeRequest {
  readonly disputeId: string;
  readonly seq: string;
  readonly claimant: Claimant;
  readonly awareOn: string;
  readonly noticeOn: string;
  readonly reference: string;
}

/** Records that an entry is disputed, and how that ended (addendum, s.7). */
export class DisputeEntry {
  constructor(private readonly ledger: Ledger) {}

  open(accountId: string, request: DisputeRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'open-dispute',
      ...commandOrigin(requester, 'open-dispute', accountId, { ...request }),
      ...request,
      seq: Number(request.seq),
    });
  }

  close(accountId: string, disputeId: string, outcome: DisputeOutcome, reason: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'close-dispute',
      ...commandOrigin(requester, 'close-dispute', accountId, { disputeId, outcome, reason }),
      disputeId,
      outcome,
      reason,
    });
  }
}
