import { instantText } from '../domain/calendar.js';
import type { EventType, LedgerEvent } from '../domain/event.js';
import type { EvidenceContent, NoticeEvidence } from './notice-evidence.js';

/** Messages that contract or law asks for: changes of rates (P2), incidents (s.3), the privacy notice (SPEC 14). */
const CONTRACTUAL: ReadonlySet<EventType> = new Set<EventType>(['rates.announced', 'break.found', 'break.resolved', 'privacy.announced']);

/**
 * Seals what shows that such a message was taken by the other side: to whom, where, when, in which words, and what was
 * answered. Once for each time that it was taken: a message that was sent twice has two. Of all other messages nothing is kept.
 */
export async function sealDelivery(evidence: NoticeEvidence, event: LedgerEvent, means: 'mail' | 'webhook', at: number, shown: EvidenceContent): Promise<void> {
  if (!CONTRACTUAL.has(event.type)) return;
  await evidence.seal(event.accountId, subjectOf(event), means, { type: event.type, eventId: event.id, at: instantText(at), ...shown });
}

/** The notice, where the message is one of several about it. */
function subjectOf(event: LedgerEvent): string {
  if (event.type === 'rates.announced') return event.data.noticeId;
  if (event.type === 'privacy.announced') return `privacy-notice-${String(event.data.version)}`;
  return event.id;
}
