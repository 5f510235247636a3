import type { DataSource } from 'typeorm';
import { instantText } from '../domain/calendar.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { hasEvidence } from '../postgres/catalogue/evidence.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import type { NoticeEvidence } from './notice-evidence.js';

const KIND = 'acknowledgement';

/** P2: an admin of the licensee has read the notice; with that it is delivered, and its thirty days begin. */
export class AcknowledgeNotice {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly evidence: NoticeEvidence,
  ) {}

  async run(accountId: string, noticeId: string, requester: Requester): Promise<Verdict> {
    const verdict = await this.ledger.execute({
      type: 'deliver-notice',
      ...commandOrigin(requester, 'deliver-notice', accountId, { noticeId }),
      noticeId,
      evidence: { means: 'acknowledged' },
    });
    // Also where the first attempt broke off between the two: sent again, the same request makes up for it.
    if (verdict.ok && !(await hasEvidence(this.database, accountId, noticeId, KIND))) {
      const { entry } = verdict;
      const content = { actor: entry.actor, origin: requester.origin ?? null, at: instantText(entry.recordedAt), entry: String(entry.seq) };
      await this.evidence.seal(accountId, noticeId, KIND, content);
    }
    return verdict;
  }
}
