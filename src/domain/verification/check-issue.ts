import { DEFAULT_PRIORITY } from '../burn-order.js';
import { governingOrderForm, priorityOf, versionForPurchase } from '../contract.js';
import { amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { shortDigest } from '../hash-chain.js';
import { LOT_KINDS, type LotKind } from '../lot.js';
import { rateVersionId } from '../rate.js';
import { sameCredits } from './check-chain.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, emptyLot, member, type Replay, type ReplayedLot } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** Opens the lot that an entry issues, with the terms that it records. */
export function openLot(replay: Replay, entry: Entry, detail: Detail, findings: Findings): ReplayedLot {
  const at = atEntry(entry);
  const kind = LOT_KINDS.find((known) => known === member(detail, 'kind'));
  if (kind === undefined) findings.differ(at, 'kind of the lot', LOT_KINDS.join(' or '), member(detail, 'kind'));
  const sourceAccountId = member(detail, 'sourceAccountId');
  const lot = emptyLot({
    lotId: entry.seq,
    kind: kind ?? 'adjustment',
    cardId: member(detail, 'cardId') ?? '',
    rateVersion: member(detail, 'rateVersion') ?? '',
    unitPrice: member(detail, 'unitPrice'),
    currency: member(detail, 'currency'),
    purchaseId: member(detail, 'purchaseId'),
    orderFormId: member(detail, 'orderFormId') ?? '',
    allocatedAt: Date.parse(member(detail, 'allocatedAt') ?? ''),
    validUntil: readInstant(member(detail, 'validUntil')),
    priority: Number.parseInt(member(detail, 'priority') ?? '', 10),
    ...(sourceAccountId === null ? {} : { source: { accountId: sourceAccountId, lotId: Number(member(detail, 'sourceLotId')) } }),
  });
  replay.lots.set(entry.seq, lot);

  const [posting] = entry.postings;
  findings.same(at, 'number of postings', 1, entry.postings.length);
  if (posting !== undefined) {
    const line = atEntry(entry, posting.line);
    findings.same(line, 'lot', entry.seq, posting.lotId);
    findings.same(line, 'buckets', 'issued to available', `${posting.from} to ${posting.to}`);
    findings.same(line, 'rate version', lot.terms.rateVersion, posting.rateVersion);
    sameCredits(findings, line, 'credits', entry.credits, posting.credits);
  }
  findings.same(at, 'rate version', lot.terms.rateVersion, entry.rateVersion);
  findings.same(at, 'allocatedAt of the lot', entry.recordedAt, lot.terms.allocatedAt);
  // What a transfer brought keeps the order form of the account that bought it.
  const own = lot.terms.source === undefined;
  if (own && !replay.orderForms.has(lot.terms.orderFormId)) findings.differ(at, 'order form of the lot', 'a signed one', lot.terms.orderFormId);
  findings.same(at, 'priority of the lot', priorityOf(replay.contract, lot.terms.kind) ?? DEFAULT_PRIORITY[lot.terms.kind], lot.terms.priority);
  if (lot.terms.validUntil !== null) lowerDue(replay, lot.terms.validUntil);
  return lot;
}

/** P3, SPEC 16.7: a purchased lot has its payment, and a purchase at most one lot. P2: at the purchase's own rates. */
export function checkAllocation(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const { terms } = openLot(replay, entry, detail, findings);
  const bought = replay.purchases.get(entry.subject ?? '');
  if (bought === undefined) {
    findings.differ(at, 'purchase', 'one that was placed before', entry.subject);
    return;
  }
  const { purchase } = bought;
  findings.same(at, 'kind of the lot', 'purchase', terms.kind);
  findings.same(at, 'purchase of the lot', purchase.purchaseId, terms.purchaseId);
  if (bought.paidBy === null) findings.differ(at, 'payment of the purchase', 'received in full before', 'not received');
  else findings.same(at, 'cited payment', bought.paidBy, entry.cites);
  if (bought.lotId !== null) findings.differ(at, 'lots of the purchase', `lot ${bought.lotId} only`, `lot ${entry.seq} as well`);
  bought.lotId ??= entry.seq;
  findings.same(at, 'idempotency key', shortDigest(`sys:allocation:${purchase.purchaseId}`), entry.keyDigest);
  sameCredits(findings, at, 'credits of the purchase', purchase.credits, entry.credits);
  findings.same(at, 'card of the lot', purchase.cardId, terms.cardId);
  findings.same(at, 'rate version of the lot', purchase.rateVersion, terms.rateVersion);
  if (!sameDecimal(purchase.unitPrice, terms.unitPrice)) findings.differ(at, 'unit price of the lot', purchase.unitPrice, terms.unitPrice);
  findings.same(at, 'currency of the lot', purchase.currency, terms.currency);
  findings.same(at, 'order form of the lot', purchase.orderFormId, terms.orderFormId);
  findings.same(at, 'end of validity of the lot', null, terms.validUntil);
}

const GRANTED: readonly LotKind[] = ['trial', 'promotional'];

/** A grant: nobody paid for it, and it has the rates of its day. */
export function checkGrant(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const { terms } = openLot(replay, entry, detail, findings);
  if (!GRANTED.includes(terms.kind)) findings.differ(at, 'kind of the lot', GRANTED.join(' or '), terms.kind);
  checkGiven(replay, entry, terms, findings);
}

/** Nobody paid for what is given, and it has the rates of its day. */
export function checkGiven(replay: Replay, entry: Entry, terms: ReplayedLot['terms'], findings: Findings): void {
  const at = atEntry(entry);
  findings.same(at, 'unit price of the lot', null, terms.unitPrice);
  findings.same(at, 'purchase of the lot', null, terms.purchaseId);
  const form = governingOrderForm(replay.contract, entry.recordedAt);
  if (form === null) return;
  const current = rateVersionId(form.cardId, versionForPurchase(replay.contract, form, entry.recordedAt));
  findings.same(at, 'rate version of the lot', current, terms.rateVersion);
}

function readInstant(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

/** Whether two decimals say the same, or are both missing. */
export function sameDecimal(a: string | null, b: string | null): boolean {
  return a === null || b === null ? a === b : amount(a).eq(amount(b));
}
