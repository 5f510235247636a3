import type { NoticeEvidence } from '../domain/command.js';
import { canonicalJson } from '../domain/canonical-json.js';
import { RefusedError } from '../domain/errors.js';
import type { EventOf } from '../domain/event.js';
import { shortDigest } from '../domain/hash-chain.js';
import type { Ledger } from '../ledger/ledger.js';

/** What no further attempt would change: the account is closed, or its order form names another webhook by now. */
const NOTHING_TO_RECORD = ['account-closed', 'notice-not-found'];

/** P2: a notice of rates has reached the licensee. Recorded once for each message and target, however often that is tried. */
export async function recordDeliveredNotice(
  ledger: Pick<Ledger, 'execute'>,
  event: EventOf<'rates.announced'>,
  target: string,
  evidence: NoticeEvidence,
  attempt: string,
): Promise<void> {
  const { accountId, data } = event;
  const verdict = await ledger.execute({
    type: 'deliver-notice',
    accountId,
    actor: 'sys',
    keyDigest: shortDigest(`sys:delivered:${event.id}:${target}:${attempt}`),
    fingerprint: shortDigest(canonicalJson(['deliver-notice', accountId, { ...evidence }])),
    noticeId: data.noticeId,
    evidence,
  });
  if (!verdict.ok && !NOTHING_TO_RECORD.includes(verdict.refusal.code)) throw new RefusedError(verdict.refusal);
}
