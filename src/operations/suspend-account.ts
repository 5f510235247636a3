import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface SuspensionRequest {
  readonly reason: string;
  /** A case or a document that says why. */
  readonly reference: string;
  readonly cutsOffRunningWork: boolean;
}

/** SPEC 10: what an operator does to an account, for another reason than credits. */
export class SuspendAccount {
  constructor(private readonly ledger: Ledger) {}

  suspend(accountId: string, request: SuspensionRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({ type: 'suspend', ...commandOrigin(requester, 'suspend', accountId, { ...request }), ...request });
  }

  resume(accountId: string, reason: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({ type: 'resume', ...commandOrigin(requester, 'resume', accountId, { reason }), reason });
  }

  close(accountId: string, reason: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({ type: 'close', ...commandOrigin(requester, 'close', accountId, { reason }), reason });
  }
}
