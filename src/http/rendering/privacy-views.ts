import { instantText } from '../../domain/calendar.js';
import type { listEvidence } from '../../postgres/catalogue/evidence.js';
import type { PrivacyRequest } from '../../postgres/catalogue/privacy-requests.js';
import type { EndUserEntry } from '../../postgres/reads/end-user-entries.js';
import type { RetentionRun } from '../../postgres/catalogue/retention.js';

export function privacyRequestView(request: PrivacyRequest) {
  const text = (instant: number | null): string | null => (instant === null ? null : instantText(instant));
  return {
    ...request,
    receivedAt: instantText(request.receivedAt),
    dueAt: instantText(request.dueAt),
    identityCheckedAt: text(request.identityCheckedAt),
    answeredAt: text(request.answeredAt),
  };
}

export function endUserEntryView(entry: EndUserEntry) {
  return { ...entry, occurredAt: instantText(entry.occurredAt) };
}

export function evidenceView(evidence: Awaited<ReturnType<typeof listEvidence>>[number]) {
  return {
    ...evidence,
    sealedAt: instantText(evidence.sealedAt),
    keepUntil: instantText(evidence.keepUntil),
    accesses: evidence.accesses.map((access) => ({ ...access, at: instantText(access.at) })),
  };
}

export function retentionRunView({ runId, at, removed, keptDays }: RetentionRun) {
  return { runId, at: instantText(at), removed, keptDays };
}
