import type { DataSource, EntityManager } from 'typeorm';
import { canonicalJson } from '../domain/canonical-json.js';
import { RefusedError, refuse, type Refusal } from '../domain/errors.js';
import { shortDigest } from '../domain/hash-chain.js';
import { hasReached, inForce } from '../domain/notice.js';
import { rateVersionId } from '../domain/rate.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { withdrawRateVersion } from '../postgres/catalogue/rate-versions.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { isSignedFor, readNoticesOfVersion, type NoticeOfVersion } from '../postgres/reads/concerned-accounts.js';
import { readRateVersion, type StoredRateVersion } from '../postgres/reads/rate-cards.js';
import { operatorRequest, type Requester } from './keyed-request.js';

/**
 * SPEC 8: takes a published version back before it is in force for anybody. First it is withdrawn, then each account that was
 * told of it is told so, in its own ledger; if that breaks off, the same request again tells the rest.
 */
export class WithdrawRateVersion {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
  ) {}

  async run(cardId: string, version: number, reason: string, requester: Requester): Promise<Answered<StoredRateVersion>> {
    const request = operatorRequest(requester, 'withdraw-rate-version', { cardId, version: String(version), reason });
    const answered = await answeredOnce(this.database, request, (manager) => withdraw(manager, cardId, version, reason));
    let refused: Refusal | null = null;
    for (const notice of await readNoticesOfVersion(this.database, cardId, version)) {
      if (notice.withdrawn) continue;
      const told = await this.tell(notice, rateVersionId(cardId, version), reason);
      // Also one that the version reached at this very moment: it stays in force there, and the others are told all the same.
      if (!told.ok && told.refusal.code !== 'rate-version-withdrawn') refused ??= told.refusal;
    }
    if (refused !== null) throw new RefusedError(refused);
    return answered;
  }

  private tell({ accountId, noticeId }: NoticeOfVersion, edition: string, reason: string): Promise<Verdict> {
    return this.ledger.execute({
      type: 'withdraw-rates',
      accountId,
      actor: 'sys',
      keyDigest: shortDigest(`sys:withdraw:${edition}`),
      fingerprint: shortDigest(canonicalJson(['withdraw-rates', accountId, edition, reason])),
      noticeId,
      reason,
    });
  }
}

async function withdraw(manager: EntityManager, cardId: string, version: number, reason: string): Promise<StoredRateVersion> {
  const stored = await readRateVersion(manager, cardId, version);
  if (stored === null) return refuse('rate-version-not-found', `There is no version ${version} of rate card ${cardId}.`);
  if (stored.state === 'draft') refuse('rate-version-not-published', 'The version was never published: there is nothing to withdraw.');
  const { now } = await readBusinessTime(manager);
  const notices = await readNoticesOfVersion(manager, cardId, version);
  if (notices.some((notice) => hasReached(notice, notice.timeZone, now)) || (await isSignedFor(manager, cardId, version))) throw new RefusedError(inForce(version));
  if (!(await withdrawRateVersion(manager, cardId, version, { now, reason }))) refuse('rate-version-withdrawn', 'This version was withdrawn already.');
  return { ...stored, state: 'withdrawn' };
}
