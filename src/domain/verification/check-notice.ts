import { localDate } from '../calendar.js';
import type { NoticeEvidence } from '../command.js';
import { DELIVERY_MEANS, governingOrderForm, reachesPurchasesFrom, zoneOf, type AnnouncedVersion } from '../contract.js';
import type { Entry } from '../entry.js';
import { hasReached, withBounce, withDelivery } from '../notice.js';
import { changed } from './check-agreement.js';
import { checkSecondOperator } from './check-correction.js';
import type { Findings } from './difference.js';
import { atEntry, member, type Replay } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** SPEC 8: a delivery is of a notice that was given, by a means that counts; the first one that counts begins the thirty days. */
export function checkDelivery(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const announced = announcedAs(replay, entry, findings);
  if (announced === null) return;
  const today = localDate(entry.recordedAt, zoneOf(replay.contract));
  const evidence = (detail['evidence'] ?? {}) as Detail;
  const means = DELIVERY_MEANS.find((known) => known === detail['means']);
  if (means === undefined) findings.differ(at, 'means of delivery', DELIVERY_MEANS.join(', '), String(detail['means']));
  if (means === 'webhook') {
    findings.same(at, 'webhook', governingOrderForm(replay.contract, entry.occurredAt)?.noticeWebhook ?? null, member(evidence, 'url'));
  }
  if (means === 'attested') checkAttestation(entry, evidence, announced, today, findings);
  const on = means === 'attested' ? (member(evidence, 'on') ?? today) : today;
  const after = withDelivery(announced, { ...evidence, means } as unknown as NoticeEvidence, on, entry.seq);
  findings.same(at, 'day of delivery', after.deliveredOn, member(detail, 'deliveredOn'));
  keep(replay, after);
}

function checkAttestation(entry: Entry, evidence: Detail, { announcedOn }: AnnouncedVersion, today: string, findings: Findings): void {
  const at = atEntry(entry);
  const on = member(evidence, 'on') ?? '';
  if (on < announcedOn || on > today) findings.differ(at, 'attested day', `from ${announcedOn} to ${today}`, on);
  const document = (evidence['document'] ?? {}) as Detail;
  if (member(document, 'reference') === null || member(document, 'sha256') === null) findings.differ(at, 'document', 'one', null);
  checkSecondOperator(entry, evidence, 'attestation', findings);
}

/** What was mailed to a contact counts no more once it has bounced, unless the thirty days were over by then. */
export function checkBounce(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const announced = announcedAs(replay, entry, findings);
  if (announced === null) return;
  const contactId = member(detail, 'contactId') ?? '';
  const delivery = announced.deliveries.find((other) => other.contactId === contactId && other.bouncedBy === null);
  findings.same(at, 'delivery that bounced', delivery?.seq ?? null, entry.cites);
  const from = reachesPurchasesFrom(announced);
  const today = localDate(entry.recordedAt, zoneOf(replay.contract));
  if (from !== null && today >= from) findings.differ(at, 'day of the bounce', `before ${from}`, today);
  const after = withBounce(announced, contactId, entry.seq);
  findings.same(at, 'day of delivery', after.deliveredOn, member(detail, 'deliveredOn'));
  keep(replay, after);
}

/** A version that has reached the account is never withdrawn from it. */
export function checkRateWithdrawal(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const announced = announcedAs(replay, entry, findings);
  if (announced === null) return;
  if (announced.withdrawn) findings.differ(at, 'notice', 'one that was not withdrawn before', announced.noticeId);
  if (hasReached(announced, zoneOf(replay.contract), entry.recordedAt)) findings.differ(at, 'version', 'one that has not reached the account', String(announced.version));
  findings.same(at, 'version', String(announced.version), member(detail, 'version'));
  findings.same(at, 'card', announced.cardId, member(detail, 'cardId'));
  if (member(detail, 'reason') === null) findings.differ(at, 'reason', 'one', null);
  keep(replay, { ...announced, withdrawn: true });
}

function announcedAs(replay: Replay, entry: Entry, findings: Findings): AnnouncedVersion | null {
  const noticeId = entry.subject ?? '';
  const notice = replay.notices.get(noticeId);
  if (notice === undefined) findings.differ(atEntry(entry), 'notice', 'one that was given before', noticeId);
  return notice?.announced ?? null;
}

function keep(replay: Replay, announced: AnnouncedVersion): void {
  const notice = replay.notices.get(announced.noticeId);
  if (notice !== undefined) replay.notices.set(announced.noticeId, { ...notice, announced });
  const others = replay.contract.announced.filter((other) => other.noticeId !== announced.noticeId);
  replay.contract = changed(replay.contract, { announced: [...others, announced] });
}
