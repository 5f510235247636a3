import { instantText } from '../../domain/calendar.js';
import { ZERO, formatCredits } from '../../domain/credits.js';
import type { EntryDraft } from '../../domain/entry.js';
import type { PendingAct } from '../../postgres/catalogue/pending-acts.js';
import type { DisputeRecord, UnfundedRecord } from '../../postgres/reads/corrections.js';

/** `now` is business time: by it an act expires. */
export function actView(act: PendingAct, now: number) {
  const expired = act.confirmedBy === null && now >= act.expiresAt;
  // Answers that were kept before acts could be declined know nothing of it.
  const declined = (act as Partial<PendingAct>).declined ?? null;
  const state = declined !== null ? 'declined' : act.seq !== null ? 'carried-out' : act.confirmedBy !== null ? 'confirmed' : expired ? 'expired' : 'pending';
  return {
    actId: act.actId,
    accountId: act.accountId,
    kind: act.kind,
    request: act.request,
    state,
    requestedBy: act.requestedBy,
    requestedAt: instantText(act.requestedAt),
    expiresAt: instantText(act.expiresAt),
    confirmedBy: act.confirmedBy,
    confirmedAt: act.confirmedAt === null ? null : instantText(act.confirmedAt),
    seq: act.seq,
    declined: declined === null ? null : { ...declined, at: instantText(declined.at) },
  };
}

export function unfundedView(record: UnfundedRecord) {
  return { ...record, occurredAt: instantText(record.occurredAt) };
}

export function disputeView(record: DisputeRecord) {
  return { ...record, openedAt: instantText(record.openedAt) };
}

export function settlementQuoteView(draft: EntryDraft) {
  const { lotId, share, unfunded } = JSON.parse(draft.detail) as { readonly lotId: string; readonly share: string; readonly unfunded: string };
  const credits = formatCredits(draft.postings.reduce((sum, posting) => sum.add(posting.credits), ZERO));
  return { seq: draft.cites, lotId: Number(lotId), rateVersion: draft.rateVersion, share, credits, unfunded };
}
