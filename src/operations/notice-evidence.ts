import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { openEvidence, sealEvidence } from '../platform/evidence-seal.js';
import { insertEvidence, insertEvidenceAccess, readEvidence } from '../postgres/catalogue/evidence.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import type { Requester } from './keyed-request.js';
import { uuidV7 } from './uuid-v7.js';

const DAY_MS = 24 * 3_600_000;

/** What shows that a contractual notice reached somebody: who, where, when, in which words. Personal, hence sealed. */
export type EvidenceContent = Readonly<Record<string, string | null>>;

/**
 * Evidence of contractual notices (SPEC 14): encrypted under a key outside the database, opened only for a purpose that is
 * named and logged, and kept for the limitation period.
 */
export class NoticeEvidence {
  constructor(
    private readonly database: DataSource,
    /** The one in use first, then those before it. */
    private readonly keys: readonly Buffer[],
    private readonly keptDays: number,
    private readonly wallNow: () => number,
  ) {}

  async seal(accountId: string, noticeId: string, kind: string, content: EvidenceContent): Promise<string> {
    const { now } = await readBusinessTime(this.database);
    const evidenceId = uuidV7(this.wallNow());
    const [key] = this.keys;
    if (key === undefined) throw new Error('there is no key for evidence');
    const sealed = sealEvidence(key, evidencePlace(accountId, evidenceId), JSON.stringify(content));
    await insertEvidence(this.database, { accountId, evidenceId, subject: noticeId, kind, sealedAt: now, keepUntil: now + this.keptDays * DAY_MS, sealed });
    return evidenceId;
  }

  /** The access is on record before the content is read. */
  async open(accountId: string, evidenceId: string, purpose: string, requester: Requester): Promise<EvidenceContent> {
    const evidence = (await readEvidence(this.database, accountId, evidenceId)) ?? refuse('evidence-not-found', 'There is no such evidence.');
    const { now } = await readBusinessTime(this.database);
    await insertEvidenceAccess(this.database, { accountId, evidenceId, accessId: uuidV7(this.wallNow()), actor: requester.actor, purpose, at: now });
    return JSON.parse(openEvidence(this.keys, evidencePlace(accountId, evidenceId), evidence.sealed)) as EvidenceContent;
  }
}

/** What sealed evidence is bound to: it opens as no other. */
export function evidencePlace(accountId: string, evidenceId: string): string {
  return JSON.stringify([accountId, evidenceId]);
}
