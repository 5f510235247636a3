import { ADJUSTMENT_WINDOW_DAYS } from '../adjustment.js';
import { addDays } from '../calendar.js';
import { CLAIMANTS, DISPUTE_OUTCOMES } from '../corrections.js';
import { ZERO, amount, formatCredits } from '../credits.js';
import { DISPUTE_NOTICE_DAYS } from '../dispute.js';
import type { Entry } from '../entry.js';
import { sameCredits } from './check-chain.js';
import { checkOneMove, lotNamed } from './check-freeze.js';
import { checkPostings } from './check-hold.js';
import { checkGiven, openLot } from './check-issue.js';
import type { Findings } from './difference.js';
import { atEntry, member, type Replay } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** SPEC 12: gives a lot of its own, or undoes what was given; above the limit over thirty days two persons wanted it. */
export function checkAdjustment(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  if (member(detail, 'direction') === 'give') {
    const { terms } = openLot(replay, entry, detail, findings);
    findings.same(at, 'kind of the lot', 'adjustment', terms.kind);
    checkGiven(replay, entry, terms, findings);
  } else {
    const lot = lotNamed(replay, entry, detail, findings);
    if (lot === null) return;
    if (lot.terms.kind === 'purchase') findings.differ(at, 'lot that is taken from', 'a granted or adjusted one', lot.terms.kind);
    findings.same(at, 'entry that issued the lot', lot.terms.lotId, entry.cites);
    checkOneMove(entry, lot, 'available', 'withdrawn', entry.credits, findings);
  }
  const since = entry.recordedAt - ADJUSTMENT_WINDOW_DAYS * 24 * 3_600_000;
  replay.adjusted = [...replay.adjusted.filter(({ recordedAt }) => recordedAt > since), { recordedAt: entry.recordedAt, credits: entry.credits }];
  const total = replay.adjusted.reduce((sum, { credits }) => sum.add(credits), ZERO);
  const limit = amount(member(detail, 'limit') ?? '0');
  if (total.gt(limit)) checkSecondOperator(entry, detail, `adjustments of ${formatCredits(total)} in ${ADJUSTMENT_WINDOW_DAYS} days`, findings);
  if (member(detail, 'reason') === null) findings.differ(at, 'reason', 'one', null);
}

/** P4: on a ground in the Agreement or in law, wanted by two persons, with payment and credit note on record. */
export function checkRefund(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const lot = lotNamed(replay, entry, detail, findings);
  if (lot === null) return;
  const ground = detail['ground'] as Detail | undefined;
  const named = ground?.['kind'] === 'agreement' ? member(ground, 'clause') : member(ground ?? {}, 'reference');
  if (named === null || named === '') findings.differ(at, 'ground', 'a clause of the Agreement or a reference to the law', null);
  const payment = detail['outgoingPayment'] as Detail | undefined;
  if (member(payment ?? {}, 'reference') === null) findings.differ(at, 'outgoing payment', 'one', null);
  if (member(detail, 'creditNote') === null) findings.differ(at, 'credit note', 'one', null);
  checkSecondOperator(entry, detail, 'refund', findings);
  findings.same(at, 'kind of the lot', 'purchase', lot.terms.kind);
  findings.same(at, 'purchase of the lot', lot.terms.purchaseId, entry.subject);
  if (lot.condition === 'refunded') findings.differ(at, 'lot', 'refunded once', lot.terms.lotId);
  const left = [
    { from: 'available', credits: lot.availableAfter },
    { from: 'frozen', credits: lot.buckets.frozen },
  ].filter(({ credits }) => !credits.isZero());
  sameCredits(findings, at, 'credits of the entry', lot.availableAfter.add(lot.buckets.frozen), entry.credits);
  checkPostings(entry, left.map((part) => ({ ...part, lotId: lot.terms.lotId, to: 'withdrawn', rateVersion: null, share: null })), findings);
  lot.condition = 'refunded';
  lot.freezeOwed = ZERO;
}

export function checkSecondOperator(entry: Entry, detail: Detail, act: string, findings: Findings): void {
  const requestedBy = member(detail, 'requestedBy');
  if (requestedBy !== null && requestedBy !== entry.actor) return;
  findings.differ(atEntry(entry), `two operators for this ${act}`, 'one who asked and another one', requestedBy ?? entry.actor);
}

/** s.7: a dispute names an entry that is there, and says itself whether its notice came within ten days. */
export function checkDispute(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const disputeId = entry.subject ?? '';
  if (replay.disputes.has(disputeId)) findings.differ(at, 'dispute', 'opened once', disputeId);
  if (entry.cites === null || entry.cites >= entry.seq) findings.differ(at, 'disputed entry', 'an earlier one', entry.cites);
  const claimant = CLAIMANTS.find((known) => known === member(detail, 'claimant')) ?? 'licensee';
  findings.same(at, 'claimant', claimant, member(detail, 'claimant'));
  const awareOn = member(detail, 'awareOn') ?? '';
  const noticeOn = member(detail, 'noticeOn') ?? '';
  const dueOn = addDays(awareOn, DISPUTE_NOTICE_DAYS);
  findings.same(at, 'last day for the notice', dueOn, member(detail, 'noticeDueOn'));
  findings.same(at, 'notice in time', noticeOn <= dueOn, detail['noticeInTime'] as boolean);
  replay.disputes.set(disputeId, {
    disputeId,
    seq: entry.cites ?? 0,
    claimant,
    awareOn,
    noticeOn,
    noticeInTime: noticeOn <= dueOn,
    reference: member(detail, 'reference') ?? '',
    outcome: null,
    closedBy: null,
  });
}

export function checkDisputeOutcome(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const dispute = replay.disputes.get(entry.subject ?? '');
  if (dispute === undefined) {
    findings.differ(at, 'dispute', 'one that was opened before', entry.subject);
    return;
  }
  findings.same(at, 'outcome before', null, dispute.outcome);
  findings.same(at, 'disputed entry', dispute.seq, entry.cites);
  const outcome = DISPUTE_OUTCOMES.find((known) => known === member(detail, 'outcome'));
  if (outcome === undefined) findings.differ(at, 'outcome', DISPUTE_OUTCOMES.join(' or '), member(detail, 'outcome'));
  replay.disputes.set(dispute.disputeId, { ...dispute, outcome: outcome ?? null, closedBy: entry.seq });
}
