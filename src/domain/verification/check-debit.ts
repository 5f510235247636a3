import { governingOrderForm, versionForPurchase, versionsOf } from '../contract.js';
import { ONE, ZERO, amount, formatCredits, formatShare, roundCredits, shareLeft, shareOf, type Amount } from '../credits.js';
import type { Entry, Posting } from '../entry.js';
import { isEligible } from '../lot.js';
import { ratesForLot, type RatedBy, type VersionsOfCard } from '../pricing.js';
import { costOf, rateVersionId } from '../rate.js';
import { parseUsage, type Usage } from '../usage.js';
import { sameCredits, sumOfPostings } from './check-chain.js';
import { checkNewUse } from './check-hold.js';
import type { Findings } from './difference.js';
import { atEntry, member, type Replay } from './replay.js';

interface DebitUnderCheck {
  readonly replay: Replay;
  readonly entry: Entry;
  readonly findings: Findings;
  readonly feature: string;
  readonly usage: Usage;
  readonly mode: string;
  readonly actionTime: number;
  readonly versions: VersionsOfCard;
  readonly freeShare: Amount | null;
  readonly unfundedShare: Amount | null;
}

/** Prices a debit again from its usage, rate versions and shares, before its postings are applied (SPEC 4). */
export function checkDebit(replay: Replay, entry: Entry, detail: Readonly<Record<string, unknown>>, findings: Findings): void {
  const at = atEntry(entry);
  const feature = entry.feature ?? '';
  const ordered = governingOrderForm(replay.contract, entry.recordedAt)?.features.get(feature);
  if (ordered === undefined) findings.differ(at, 'feature', 'one that the order form names', feature);
  else findings.same(at, 'billing mode', ordered.mode, member(detail, 'billing'));
  sameCredits(findings, at, 'credits of the entry', sumOfPostings(entry), entry.credits);
  if (member(detail, 'billing') !== 'credits') {
    if (entry.postings.length > 0) findings.differ(at, 'postings outside the credits mode', 0, entry.postings.length);
    return;
  }
  const usage = parseUsage(detail['usage'] as Record<string, string>, '/usage');
  if ('code' in usage) {
    findings.differ(at, 'usage', 'meters with quantities', JSON.stringify(detail['usage']));
    return;
  }
  const mode = member(detail, 'mode') ?? '';
  const share = (name: string): Amount | null => {
    const text = member(detail, name);
    return text === null ? null : amount(text);
  };
  const check: DebitUnderCheck = {
    replay,
    entry,
    findings,
    feature,
    usage,
    mode,
    actionTime: mode === 'authorize' ? entry.recordedAt : entry.occurredAt,
    versions: versionsOf(replay.contract, replay.rates),
    freeShare: share('freeShare'),
    unfundedShare: share('unfundedShare'),
  };
  const left = checkLegs(check);
  checkRest(check, left);
  checkBurnOrder(check);
  checkAdmission(check);
}

/** Each leg pays round(share * cost), or all its lot had. Answers the share of the action that no leg paid. */
function checkLegs(check: DebitUnderCheck): Amount {
  const { replay, entry, findings } = check;
  let left = ONE;
  let ended = false;
  for (const posting of entry.postings) {
    const at = atEntry(entry, posting.line);
    if (posting.from !== 'available' || posting.to !== 'consumed') {
      findings.differ(at, 'buckets', 'available to consumed', `${posting.from} to ${posting.to}`);
    }
    const rated = ratedBy(check, posting.lotId, at);
    if (rated === null) continue;
    findings.same(at, 'rate version', rated.version.id, posting.rateVersion);
    const cost = costOf(rated.rates, check.usage);
    const stated = amount(posting.share ?? '0');
    const due = roundCredits(left.mul(cost));
    const pays: boolean = !ended && stated.eq(left) && posting.credits.eq(due);
    const emptied = !ended && !cost.isZero() && posting.lotAvailableAfter.isZero() && posting.credits.lt(due) && stated.eq(shareOf(posting.credits, cost));
    if (!pays && !emptied) {
      const lotHad = replay.lots.get(posting.lotId)?.availableAfter ?? ZERO;
      findings.differ(at, 'price', priceText(ended ? ZERO : left, cost, lotHad), `${formatCredits(posting.credits)} for share ${formatShare(stated)}`);
    }
    ended = ended || pays;
    left = shareLeft(left, stated);
  }
  return ended ? ZERO : left;
}

function priceText(left: Amount, cost: Amount, lotHad: Amount): string {
  const due = roundCredits(left.mul(cost));
  if (due.lte(lotHad)) return `${formatCredits(due)} for share ${formatShare(left)}`;
  return `${formatCredits(lotHad)} for share ${formatShare(shareOf(lotHad, cost))}`;
}

function ratedBy(check: DebitUnderCheck, lotId: number, at: string): RatedBy | null {
  const lot = check.replay.lots.get(lotId);
  if (lot === undefined) return null; // named where the posting is applied
  const rated = ratesForLot(lot.terms, check.feature, check.actionTime, check.replay.rates, check.versions);
  if (rated === null) check.findings.differ(at, 'lot', 'one whose card knows the feature', `lot ${lotId}`);
  return rated;
}

/** What no leg paid was free or went unfunded, and the entry says so with its share. */
function checkRest(check: DebitUnderCheck, left: Amount): void {
  const { replay, entry, findings } = check;
  const at = atEntry(entry);
  const stated = (check.freeShare ?? ZERO).add(check.unfundedShare ?? ZERO);
  if (!stated.eq(left)) findings.differ(at, 'share of the action that no lot paid', formatShare(left), formatShare(stated));
  if (left.isZero() || entry.rateVersion === null || !replay.rates.has(entry.rateVersion)) {
    if (!left.isZero() && entry.rateVersion === null) findings.differ(at, 'rate version of what no lot paid', 'one', null);
    if (left.isZero() && entry.unfunded !== null) findings.differ(at, 'unfunded credits', null, formatCredits(entry.unfunded));
    return;
  }
  const rated = ratesForLot({ lotId: 0, rateVersion: entry.rateVersion }, check.feature, check.actionTime, replay.rates, check.versions);
  const credits = rated === null ? ZERO : roundCredits(left.mul(costOf(rated.rates, check.usage)));
  sameCredits(findings, at, 'unfunded credits', credits, entry.unfunded ?? ZERO);
  if (entry.unfunded === null) return;
  const form = governingOrderForm(replay.contract, entry.recordedAt);
  if (form === null) return;
  const current = rateVersionId(form.cardId, versionForPurchase(replay.contract, form, entry.recordedAt));
  if (replay.rates.get(current)?.features.has(check.feature) === true) {
    findings.same(at, 'rate version of the unfunded part', current, entry.rateVersion);
  }
}

/** The lots that paid are the first eligible ones in burn order, and all of them where something went unfunded. */
function checkBurnOrder(check: DebitUnderCheck): void {
  const { replay, entry, findings } = check;
  const at = atEntry(entry);
  const legs: readonly Posting[] = entry.postings;
  let next = 0;
  for (const candidate of replay.open) {
    if (next === legs.length && entry.unfunded === null) return;
    const lot = candidate.terms;
    // Not `asLot`: this is done for every debit, and copying a lot takes longer than judging it.
    const { allocatedAt, validUntil } = lot;
    if (!isEligible({ allocatedAt, validUntil, buckets: { available: candidate.availableAfter } }, check.actionTime)) continue;
    if (ratesForLot(lot, check.feature, check.actionTime, replay.rates, check.versions) === null) continue;
    if (legs[next]?.lotId !== lot.lotId) {
      findings.differ(at, 'burn order', `lot ${lot.lotId} next`, legs[next] === undefined ? 'unfunded' : `lot ${legs[next]?.lotId ?? ''}`);
      return;
    }
    next += 1;
  }
  if (next < legs.length) findings.differ(at, 'burn order', 'no further lot', `lot ${legs[next]?.lotId ?? ''}`);
}

/** P5: what is authorised is covered, lies in the Term, and costs nothing while the account is suspended. */
function checkAdmission({ replay, entry, findings, mode }: DebitUnderCheck): void {
  if (mode !== 'authorize') return;
  const at = atEntry(entry);
  if (entry.unfunded !== null) findings.differ(at, 'unfunded part of an authorised debit', null, formatCredits(entry.unfunded));
  checkNewUse(replay, entry, findings);
}
