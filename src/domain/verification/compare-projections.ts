import type { AccountStatus } from '../account-state.js';
import { ZERO, type Amount } from '../credits.js';
import { BUCKETS, isOpen, type Lot } from '../lot.js';
import type { Purchase } from '../purchase.js';
import { sameInstant } from './check-agreement.js';
import { sameCredits } from './check-chain.js';
import { sameDecimal } from './check-issue.js';
import type { Findings } from './difference.js';
import { asLot, type Replay, type ReplayedNotice, type ReplayedOrderForm } from './replay.js';

/** What the service keeps beside the entries, as one snapshot saw it, and rows that no entry explains. */
export interface AccountProjection {
  readonly state: ProjectedState | null;
  /** The highest `seq` of any entry in the same snapshot; 0: no entry. */
  readonly lastEntry: number;
  readonly lots: readonly (Lot & { readonly open: boolean })[];
  readonly purchases: readonly Purchase[];
  readonly notices: readonly ReplayedNotice[];
  readonly orderForms: readonly (ReplayedOrderForm & { readonly orderFormId: string })[];
  /** Rows that belong to no entry, named as in `posting 12 line 1`. */
  readonly orphans: readonly string[];
}

export interface ProjectedState {
  readonly seq: number;
  readonly headHash: string;
  readonly lastRecordedAt: number;
  readonly available: Amount;
  readonly held: Amount;
  readonly status: AccountStatus;
}

/** Compares what the entries came to with what the service kept of them. */
export function compareProjections(replay: Replay, projection: AccountProjection, findings: Findings): void {
  compareState(replay, projection, findings);
  compareLots(replay, projection, findings);
  comparePurchases(replay, projection, findings);
  compareNotices(replay, projection, findings);
  compareOrderForms(replay, projection, findings);
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
  findings.same('account', 'status', replay.status, state.status);
  const sum = (bucket: 'available' | 'held'): Amount => [...replay.lots.values()].reduce((all, lot) => all.add(lot.buckets[bucket]), ZERO);
  for (const bucket of ['available', 'held'] as const) {
    sameCredits(findings, 'account', `${bucket} credits, the sum of its lots`, sum(bucket), state[bucket]);
  }
  sameCredits(findings, 'account', 'available credits, as the last entry states them', replay.availableAfter, state.available);
  sameCredits(findings, 'account', 'held credits, as the last entry states them', replay.heldAfter, state.held);
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
  }
  for (const lotId of kept.keys()) findings.differ(`lot ${lotId}`, 'entry that issued it', 'one', null);
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
    for (const term of ['orderFormId', 'placedBy', 'currency', 'cardId', 'rateVersion', 'state'] as const) {
      findings.same(at, term, purchase[term], row[term]);
    }
    for (const figure of ['credits', 'price', 'tax', 'paid'] as const) {
      if (!purchase[figure].eq(row[figure])) findings.differ(at, figure, purchase[figure], row[figure]);
    }
    if (!sameDecimal(purchase.unitPrice, row.unitPrice)) findings.differ(at, 'unitPrice', purchase.unitPrice, row.unitPrice);
    sameInstant(findings, at, 'purchasedAt', purchase.purchasedAt, row.purchasedAt);
  }
  for (const purchaseId of kept.keys()) findings.differ(`purchase ${purchaseId}`, 'entry that placed it', 'one', null);
}

function compareNotices(replay: Replay, projection: AccountProjection, findings: Findings): void {
  const kept = byKey(projection.notices, (notice) => notice.announced.noticeId);
  for (const [noticeId, { announced, announcedOn, textHash }] of replay.notices) {
    const at = `notice ${noticeId}`;
    const row = take(kept, noticeId);
    if (row === undefined) {
      findings.differ(at, 'row', 'one', null);
      continue;
    }
    for (const term of ['cardId', 'version', 'effectiveDate', 'deliveredOn', 'withdrawn'] as const) {
      findings.same(at, term, announced[term], row.announced[term]);
    }
    findings.same(at, 'day of the announcement', announcedOn, row.announcedOn);
    findings.same(at, 'hash of the text', textHash, row.textHash);
  }
  for (const noticeId of kept.keys()) findings.differ(`notice ${noticeId}`, 'entry that gave it', 'one', null);
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
