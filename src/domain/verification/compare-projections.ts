import { instantText } from '../calendar.js';
import type { AnnouncedVersion } from '../contract.js';
import type { Dispute } from '../corrections.js';
import { ZERO, type Amount } from '../credits.js';
import type { Hold } from '../hold.js';
import { BUCKETS, isOpen, type Lot } from '../lot.js';
import { NEVER_DUE, type Purchase } from '../purchase.js';
import { statusOf, type AccountStatus, type Standing } from '../standing.js';
import { usageText } from '../usage.js';
import { sameInstant } from './check-agreement.js';
import { compareAlerts, type ProjectedAlerts } from './check-alerts.js';
import { sameCredits } from './check-chain.js';
import { sameDecimal } from './check-issue.js';
import { partText } from './check-status.js';
import type { Findings } from './difference.js';
import { earliestDue } from './due-by-then.js';
import { asLot, type Replay, type ReplayedNotice, type ReplayedOrderForm } from './replay.js';

/** What the service keeps beside the entries, as one snapshot saw it, and rows that no entry explains. */
export interface AccountProjection {
  readonly state: ProjectedState | null;
  /** The highest `seq` of any entry in the same snapshot; 0: no entry. */
  readonly lastEntry: number;
  readonly lots: readonly (Lot & { readonly open: boolean })[];
  readonly purchases: readonly Purchase[];
  readonly holds: readonly Hold[];
  readonly notices: readonly ReplayedNotice[];
  readonly orderForms: readonly (ReplayedOrderForm & { readonly orderFormId: string })[];
  readonly disputes: readonly Dispute[];
  readonly alerts: ProjectedAlerts;
  /** Rows that belong to no entry, named as in `posting 12 line 1`. */
  /** Last days of the closed accounting periods, oldest first. */
  readonly closedPeriods: readonly string[];
  readonly orphans: readonly string[];
}

export interface ProjectedState {
  readonly seq: number;
  readonly headHash: string;
  readonly lastRecordedAt: number;
  readonly available: Amount;
  readonly held: Amount;
  readonly status: AccountStatus;
  readonly standing: Standing;
  readonly dueAt: number | null;
  readonly alertsFrom: number;
}

/** Compares what the entries came to with what the service kept of them. */
export function compareProjections(replay: Replay, projection: AccountProjection, findings: Findings): void {
  compareState(replay, projection, findings);
  compareLots(replay, projection, findings);
  comparePurchases(replay, projection, findings);
  compareHolds(replay, projection, findings);
  compareNotices(replay, projection, findings);
  compareOrderForms(replay, projection, findings);
  compareDisputes(replay, projection, findings);
  findings.same('account', 'closed periods', replay.contract.closedPeriods.join(', '), projection.closedPeriods.join(', '));
  compareAlerts(replay, projection.alerts, findings);
  for (const orphan of projection.orphans) findings.differ(orphan, 'entry that explains it', 'one', null);
}

function compareState(replay: Replay, { state, lastEntry }: AccountProjection, findings: Findings): void {
  if (state === null) {
    if (lastEntry > 0) findings.differ('account', 'row of its state', `seq ${lastEntry}`, 'no row');
    return;
  }
  findings.same('account', 'seq', lastEntry, state.seq);
  if (lastEntry === 0) {
    findings.same('account', 'hash before the first entry', replay.headHash, state.headHash);
  } else {
    findings.same('account', 'head hash', replay.headHash, state.headHash);
    sameInstant(findings, 'account', 'time of the last entry', replay.lastRecordedAt, state.lastRecordedAt);
  }
  findings.same('account', 'status', statusOf(replay.standing), state.status);
  for (const part of ['credit', 'term', 'operator', 'closed'] as const) {
    findings.same('account', `standing: ${part}`, partText(replay.standing, part), partText(state.standing, part));
  }
  compareDue(replay, state, findings);
  const sum = (bucket: 'available' | 'held'): Amount => [...replay.lots.values()].reduce((all, lot) => all.add(lot.buckets[bucket]), ZERO);
  for (const bucket of ['available', 'held'] as const) {
    sameCredits(findings, 'account', `${bucket} credits, the sum of its lots`, sum(bucket), state[bucket]);
  }
  sameCredits(findings, 'account', 'available credits, as the last entry states them', replay.availableAfter, state.available);
  sameCredits(findings, 'account', 'held credits, as the last entry states them', replay.heldAfter, state.held);
}

/** Kept too early it costs a look; kept too late, something that is due would not happen. */
function compareDue(replay: Replay, { dueAt }: ProjectedState, findings: Findings): void {
  const due = earliestDue(replay, Infinity);
  if (due === null || (dueAt !== null && dueAt <= due)) return;
  findings.differ('account', 'when something falls due', `at most ${instantText(due)}`, dueAt === null ? null : instantText(dueAt));
}

function compareLots(replay: Replay, projection: AccountProjection, findings: Findings): void {
  const kept = byKey(projection.lots, (lot) => lot.lotId);
  for (const [lotId, replayed] of replay.lots) {
    const at = `lot ${lotId}`;
    const { terms, buckets } = replayed;
    const rest = BUCKETS.filter((bucket) => bucket !== 'issued').reduce((sum, bucket) => sum.add(buckets[bucket]), ZERO);
    sameCredits(findings, at, 'issued credits, the sum of all other buckets', rest, buckets.issued);
    const lot = take(kept, lotId);
    if (lot === undefined) {
      findings.differ(at, 'row', `issued by entry ${lotId}`, null);
      continue;
    }
    for (const bucket of BUCKETS) sameCredits(findings, at, `${bucket} credits`, buckets[bucket], lot.buckets[bucket]);
    findings.same(at, 'open', isOpen({ ...asLot(replayed), buckets }), lot.open);
    for (const term of ['kind', 'cardId', 'rateVersion', 'currency', 'purchaseId', 'orderFormId', 'allocatedAt', 'validUntil', 'priority'] as const) {
      findings.same(at, term, terms[term], lot[term]);
    }
    if (!sameDecimal(terms.unitPrice, lot.unitPrice)) findings.differ(at, 'unitPrice', terms.unitPrice, lot.unitPrice);
    findings.same(at, 'source', sourceText(terms), sourceText(lot));
    findings.same(at, 'condition', replayed.condition, lot.condition);
    sameCredits(findings, at, 'credits owed to a freeze', replayed.freezeOwed, lot.freezeOwed);
  }
  for (const lotId of kept.keys()) findings.differ(`lot ${lotId}`, 'entry that issued it', 'one', null);
}

function sourceText({ source }: Pick<Lot, 'source'>): string | null {
  return source === undefined ? null : `lot ${source.lotId} of ${source.accountId}`;
}

function compareDisputes(replay: Replay, projection: AccountProjection, findings: Findings): void {
  const kept = byKey(projection.disputes, (dispute) => dispute.disputeId);
  for (const [disputeId, dispute] of replay.disputes) {
    const at = `dispute ${disputeId}`;
    const row = take(kept, disputeId);
    if (row === undefined) {
      findings.differ(at, 'row', 'one', null);
      continue;
    }
    for (const term of ['seq', 'claimant', 'awareOn', 'noticeOn', 'noticeInTime', 'reference', 'outcome', 'closedBy'] as const) {
      findings.same(at, term, dispute[term], row[term]);
    }
  }
  for (const disputeId of kept.keys()) findings.differ(`dispute ${disputeId}`, 'entry that opened it', 'one', null);
}

function comparePurchases(replay: Replay, projection: AccountProjection, findings: Findings): void {
  const kept = byKey(projection.purchases, (purchase) => purchase.purchaseId);
  for (const [purchaseId, { purchase, paidBy, lotId }] of replay.purchases) {
    const at = `purchase ${purchaseId}`;
    if (paidBy !== null && lotId === null) findings.differ(at, 'allocation', `one after entry ${paidBy}`, null);
    const row = take(kept, purchaseId);
    if (row === undefined) {
      findings.differ(at, 'row', 'one', null);
      continue;
    }
    for (const term of ['orderFormId', 'placedBy', 'currency', 'cardId', 'rateVersion', 'priceVersion', 'state'] as const) {
      findings.same(at, term, purchase[term], row[term]);
    }
    for (const figure of ['credits', 'price', 'tax', 'paid', 'withheld', 'writtenOff', 'reversed'] as const) {
      if (!purchase[figure].eq(row[figure])) findings.differ(at, figure, purchase[figure], row[figure]);
    }
    if (!sameDecimal(purchase.unitPrice, row.unitPrice)) findings.differ(at, 'unitPrice', purchase.unitPrice, row.unitPrice);
    sameInstant(findings, at, 'purchasedAt', purchase.purchasedAt, row.purchasedAt);
    if (purchase.paymentDueAt !== row.paymentDueAt) findings.differ(at, 'paymentDueAt', dayText(purchase), dayText(row));
  }
  for (const purchaseId of kept.keys()) findings.differ(`purchase ${purchaseId}`, 'entry that placed it', 'one', null);
}

function dayText({ paymentDueAt }: Purchase): string | null {
  return paymentDueAt >= NEVER_DUE ? null : instantText(paymentDueAt);
}

/** SPEC 16.5: what the open holds have is what the account holds, and each hold is where its entries left it. */
function compareHolds(replay: Replay, projection: AccountProjection, findings: Findings): void {
  const kept = byKey(projection.holds, (hold) => hold.holdId);
  let held = ZERO;
  for (const [holdId, hold] of replay.holds) {
    const at = `hold ${holdId}`;
    for (const leg of hold.legs) held = held.add(leg.held);
    const row = take(kept, holdId);
    if (row === undefined) {
      findings.differ(at, 'row', 'one', null);
      continue;
    }
    for (const term of ['state', 'feature', 'billing', 'placedSeq'] as const) findings.same(at, term, hold[term], row[term]);
    sameInstant(findings, at, 'placedAt', hold.placedAt, row.placedAt);
    sameInstant(findings, at, 'expiresAt', hold.expiresAt, row.expiresAt);
    if (!sameDecimal(hold.maxCapture?.toFixed() ?? null, row.maxCapture?.toFixed() ?? null)) findings.differ(at, 'maxCapture', hold.maxCapture, row.maxCapture);
    sameCredits(findings, at, 'captured credits', hold.captured, row.captured);
    findings.same(at, 'usage', usageText(hold.usage), usageText(row.usage));
    findings.same(at, 'held credits', legsText(hold), legsText(row));
  }
  for (const holdId of kept.keys()) findings.differ(`hold ${holdId}`, 'entry that placed it', 'one', null);
  sameCredits(findings, 'account', 'held credits, the sum of its holds', held, replay.heldAfter);
}

function legsText({ legs }: Hold): string {
  return legs.map(({ lotId, rateVersion, held }) => `${held.toFixed()} of lot ${lotId} at ${rateVersion}`).join(', ');
}

function compareNotices(replay: Replay, projection: AccountProjection, findings: Findings): void {
  const kept = byKey(projection.notices, (notice) => notice.announced.noticeId);
  for (const [noticeId, { announced, textHash }] of replay.notices) {
    const at = `notice ${noticeId}`;
    const row = take(kept, noticeId);
    if (row === undefined) {
      findings.differ(at, 'row', 'one', null);
      continue;
    }
    for (const term of ['cardId', 'version', 'effectiveDate', 'deliveredOn', 'withdrawn'] as const) {
      findings.same(at, term, announced[term], row.announced[term]);
    }
    findings.same(at, 'day of the announcement', announced.announcedOn, row.announced.announcedOn);
    findings.same(at, 'deliveries', deliveriesText(announced), deliveriesText(row.announced));
    findings.same(at, 'hash of the text', textHash, row.textHash);
  }
  for (const noticeId of kept.keys()) findings.differ(`notice ${noticeId}`, 'entry that gave it', 'one', null);
}

function deliveriesText({ deliveries }: AnnouncedVersion): string {
  return deliveries.map(({ seq, means, on, contactId, bouncedBy }) => [seq, means, on, contactId, bouncedBy].join(' ')).join(', ');
}

function compareOrderForms(replay: Replay, projection: AccountProjection, findings: Findings): void {
  const kept = byKey(projection.orderForms, (form) => form.orderFormId);
  for (const [orderFormId, form] of replay.orderForms) {
    const at = `order form ${orderFormId}`;
    const row = take(kept, orderFormId);
    if (row === undefined) {
      findings.differ(at, 'row', 'one', null);
      continue;
    }
    for (const term of ['seq', 'number', 'cardId', 'documentHash'] as const) findings.same(at, term, form[term], row[term]);
    sameInstant(findings, at, 'signedAt', form.signedAt, row.signedAt);
  }
  for (const orderFormId of kept.keys()) findings.differ(`order form ${orderFormId}`, 'entry that signed it', 'one', null);
}

function byKey<Key, Row>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

function take<Key, Row>(rows: Map<Key, Row>, key: Key): Row | undefined {
  const row = rows.get(key);
  rows.delete(key);
  return row;
}
