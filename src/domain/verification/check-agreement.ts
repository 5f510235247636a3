import { instantText, localDate } from '../calendar.js';
import { leavesNoticePeriod, zoneOf, type AnnouncedVersion, type Contract } from '../contract.js';
import type { Entry } from '../entry.js';
import { sha256 } from '../hash-chain.js';
import { readOrderForm, type OrderFormDocument } from '../order-form-document.js';
import { rateVersionId } from '../rate.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, reprioritize, type Replay } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

export function checkOrderForm(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const document = member(detail, 'document') ?? '';
  const orderFormId = entry.subject ?? '';
  findings.same(at, 'hash of the document', sha256(document), member(detail, 'documentHash'));
  if (replay.orderForms.has(orderFormId)) findings.differ(at, 'order form', 'signed once', orderFormId);
  const form = { ...readOrderForm(orderFormId, JSON.parse(document) as OrderFormDocument), signedAt: entry.occurredAt };
  findings.same(at, 'number of the order form', form.number, member(detail, 'number'));
  const version = rateVersionId(form.cardId, form.rateVersion);
  if (!replay.rates.has(version)) findings.differ(at, 'rate version of the order form', 'one that exists', version);
  replay.orderForms.set(orderFormId, {
    seq: entry.seq,
    number: form.number,
    cardId: form.cardId,
    signedAt: form.signedAt,
    documentHash: sha256(document),
  });
  replay.contract = changed(replay.contract, { orderForms: [...replay.contract.orderForms, form] });
  reprioritize(replay, form.priority);
  // It may bring every date forward or back.
  lowerDue(replay, 0);
}

/** P2: a notice names a version that exists, with its effective date, and leaves thirty days. */
export function checkNotice(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const noticeId = entry.subject ?? '';
  const text = member(detail, 'text') ?? '';
  const announced: AnnouncedVersion = {
    noticeId,
    cardId: member(detail, 'cardId') ?? '',
    version: Number.parseInt(member(detail, 'version') ?? '', 10),
    effectiveDate: member(detail, 'effectiveDate') ?? '',
    announcedOn: localDate(entry.recordedAt, zoneOf(replay.contract)),
    deliveredOn: null,
    deliveries: [],
    withdrawn: false,
  };
  const { announcedOn } = announced;
  findings.same(at, 'hash of the text', sha256(text), member(detail, 'textHash'));
  const id = rateVersionId(announced.cardId, announced.version);
  const version = replay.rates.get(id);
  if (version === undefined) findings.differ(at, 'announced rate version', 'one that exists', id);
  else findings.same(at, 'effective date', version.effectiveDate, announced.effectiveDate);
  if (!leavesNoticePeriod(announcedOn, announced.effectiveDate)) {
    findings.differ(at, 'effective date', `30 days after ${announcedOn} or later`, announced.effectiveDate);
  }
  if (replay.notices.has(noticeId)) findings.differ(at, 'notice', 'given once', noticeId);
  replay.notices.set(noticeId, { announced, textHash: sha256(text) });
  replay.contract = changed(replay.contract, { announced: [...replay.contract.announced, announced] });
}

export function changed(contract: Contract, change: Partial<Contract>): Contract {
  return { ...contract, ...change, configVersion: contract.configVersion + 1 };
}

export function sameInstant(findings: Findings, at: string, what: string, expected: number, found: number): void {
  if (expected !== found) findings.differ(at, what, readable(expected), readable(found));
}

function readable(instant: number): string {
  return Number.isFinite(instant) ? instantText(instant) : 'none';
}
