import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/settle.js';
import { commandOrigin, type Requester } from './keyed-request.js';

/** P2: an admin of the licensee has read the notice; with that it is delivered, and its thirty days begin. */
export class AcknowledgeNotice {
  constructor(private readonly ledger: Ledger) {}

  run(accountId: string, noticeId: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'deliver-notice',
      ...commandOrigin(requester, 'deliver-notice', accountId, { noticeId }),
      noticeId,
      evidence: { means: 'acknowledged' },
    });
  }
}
