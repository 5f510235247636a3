import { instantText } from '../calendar.js';
import { governingOrderForm, versionsOf, type BillingMode } from '../contract.js';
import { ZERO, amount, formatCredits, formatShare, least, type Amount } from '../credits.js';
import type { Entry, Posting } from '../entry.js';
import { MAX_HOLD_LIFE_MS, MAX_HOLD_TTL_MS, type Hold, type HoldLeg } from '../hold.js';
import { isEligible } from '../lot.js';
import { ratesForLot } from '../pricing.js';
import { termAt } from '../term.js';
import { parseUsage, usageText, type Usage } from '../usage.js';
import { sameInstant } from './check-agreement.js';
import { sameCredits, sumOfPostings } from './check-chain.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { priceAgain } from './price-again.js';
import { asLot, atEntry, member, type Replay } from './replay.js';
import { backAgain } from './return-again.js';

type Detail = Readonly<Record<string, unknown>>;

/** One line of an entry as it should be. */
export interface ExpectedPosting {
  readonly lotId: number;
  readonly from: string;
  readonly to: string;
  readonly rateVersion: string | null;
  readonly share: Amount | null;
  readonly credits: Amount;
}

/** A hold sets aside what its estimate costs, from the lots that would pay for it, while new use is admitted (SPEC 6). */
export function checkHold(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const holdId = entry.subject ?? '';
  const feature = entry.feature ?? '';
  const ordered = governingOrderForm(replay.contract, entry.recordedAt)?.features.get(feature);
  if (ordered === undefined) findings.differ(at, 'feature', 'one that the order form names', feature);
  else findings.same(at, 'billing mode', ordered.mode, member(detail, 'billing'));
  if (replay.holds.has(holdId)) findings.differ(at, 'hold', 'placed once', holdId);
  const maxCapture = member(detail, 'maxCapture');
  const hold: Hold = {
    holdId,
    state: 'open',
    feature,
    billing: (member(detail, 'billing') ?? 'credits') as BillingMode,
    placedSeq: entry.seq,
    placedAt: entry.recordedAt,
    expiresAt: Date.parse(member(detail, 'expiresAt') ?? ''),
    maxCapture: maxCapture === null ? null : amount(maxCapture),
    legs: entry.postings.map(({ lotId, rateVersion, credits }) => ({ lotId, rateVersion: rateVersion ?? '', held: credits })),
    usage: [],
    captured: ZERO,
  };
  replay.holds.set(holdId, hold);
  lowerDue(replay, hold.expiresAt);
  checkLife(hold, entry, findings);
  checkNewUse(replay, entry, findings);
  sameCredits(findings, at, 'credits of the entry', sumOfPostings(entry), entry.credits);
  checkPostings(entry, hold.billing === 'credits' ? wanted(replay, entry, detail, findings) : [], findings);
}

function checkLife({ placedAt, expiresAt }: Hold, entry: Entry, findings: Findings): void {
  const latest = Math.min(entry.recordedAt + MAX_HOLD_TTL_MS, placedAt + MAX_HOLD_LIFE_MS);
  if (!(expiresAt > entry.recordedAt && expiresAt <= latest)) {
    findings.differ(atEntry(entry), 'expiry', `after ${instantText(entry.recordedAt)}, at most ${instantText(latest)}`, expiresAt);
  }
}

/** New use needs a running Term and no suspension that concerns it (SPEC 9, 10). */
export function checkNewUse({ contract, standing }: Replay, entry: Entry, findings: Findings): void {
  const at = atEntry(entry);
  const term = termAt(contract, entry.recordedAt);
  if (term === null || entry.recordedAt < term.from || entry.recordedAt >= term.until) {
    findings.differ(at, 'time of new use', 'within the Term', instantText(entry.recordedAt));
  }
  if (standing.operator !== null) findings.differ(at, 'new use while an operator suspends', null, standing.operator.reference);
  if (standing.credit === 'suspended' && !entry.credits.isZero()) {
    findings.differ(at, 'credits of new use while suspended', formatCredits(ZERO), formatCredits(entry.credits));
  }
}

function wanted(replay: Replay, entry: Entry, detail: Detail, findings: Findings): ExpectedPosting[] {
  const estimate = detail['estimate'] as { readonly usage?: Record<string, string>; readonly credits?: string };
  const feature = entry.feature ?? '';
  const at = entry.recordedAt;
  if (estimate.usage !== undefined) {
    const priced = priceAgain(replay, { feature, usage: usageIn(estimate.usage), usageBefore: null, held: [], at });
    if (priced.rest?.credits.isZero() === false) {
      findings.differ(atEntry(entry), 'credits that nothing was held for', null, formatCredits(priced.rest.credits));
    }
    return priced.parts.filter(({ credits }) => !credits.isZero()).map((part) => ({ ...part, to: 'held' }));
  }
  const versions = versionsOf(replay.contract, replay.rates);
  const postings: ExpectedPosting[] = [];
  let left = amount(estimate.credits ?? '0');
  for (const lot of replay.open.map(asLot)) {
    const rated = isEligible(lot, at) ? ratesForLot(lot, feature, at, replay.rates, versions) : null;
    if (rated === null || left.isZero()) continue;
    const credits = least(left, lot.buckets.available);
    left = left.sub(credits);
    postings.push({ lotId: lot.lotId, from: 'available', to: 'held', rateVersion: rated.version.id, share: null, credits });
  }
  return postings;
}

/** Usage as an entry states it. Throws on one that cannot be read: that is named by whoever reads the entry. */
export function usageIn(stated: unknown): Usage {
  if (stated === null || typeof stated !== 'object') throw new Error('usage that is no object');
  if (Object.keys(stated).length === 0) return [];
  const usage = parseUsage(stated as Record<string, string>, '/usage');
  if ('code' in usage) throw new Error(usage.detail);
  return usage;
}

export function checkPostings(entry: Entry, expected: readonly ExpectedPosting[], findings: Findings): void {
  findings.same(atEntry(entry), 'number of postings', expected.length, entry.postings.length);
  expected.forEach((line, index) => {
    const posting = entry.postings[index];
    if (posting !== undefined) checkPosting(atEntry(entry, posting.line), line, posting, findings);
  });
}

function checkPosting(at: string, expected: ExpectedPosting, posting: Posting, findings: Findings): void {
  findings.same(at, 'lot', expected.lotId, posting.lotId);
  findings.same(at, 'buckets', `${expected.from} to ${expected.to}`, `${posting.from} to ${posting.to}`);
  findings.same(at, 'rate version', expected.rateVersion, posting.rateVersion);
  sameCredits(findings, at, 'credits', expected.credits, posting.credits);
  findings.same(at, 'share', expected.share && formatShare(expected.share), posting.share && formatShare(amount(posting.share)));
}

/** SPEC 16.5: the end of a hold gives back all that it still has, to its own lots, and a hold ends once. */
export function checkEnd(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const hold = openHold(replay, entry, findings);
  if (hold === null) return;
  sameCredits(findings, at, 'credits of the entry', sumOfPostings(entry), entry.credits);
  findings.same(at, 'captured credits', formatCredits(hold.captured), member(detail, 'captured'));
  findings.same(at, 'captured usage', usageText(hold.usage), member(detail, 'usage'));
  const expired = entry.type === 'hold-expired';
  if (expired) {
    sameInstant(findings, at, 'time of expiry', hold.expiresAt, entry.occurredAt);
    if (entry.recordedAt < hold.expiresAt) findings.differ(at, 'recordedAt', `at least ${instantText(hold.expiresAt)}`, instantText(entry.recordedAt));
  }
  checkPostings(entry, returns(replay, entry, hold.legs), findings);
  replay.holds.set(hold.holdId, { ...hold, state: expired ? 'expired' : 'released', legs: hold.legs.map(emptied) });
}

export function checkExtension(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const hold = openHold(replay, entry, findings);
  if (hold === null) return;
  const extended = { ...hold, expiresAt: Date.parse(member(detail, 'expiresAt') ?? '') };
  checkLife(extended, entry, findings);
  if (extended.expiresAt < hold.expiresAt) {
    findings.differ(atEntry(entry), 'expiry', `at least ${instantText(hold.expiresAt)}`, instantText(extended.expiresAt));
  }
  replay.holds.set(hold.holdId, extended);
}

function openHold(replay: Replay, entry: Entry, findings: Findings): Hold | null {
  const hold = replay.holds.get(entry.subject ?? '');
  if (hold === undefined) {
    findings.differ(atEntry(entry), 'hold', 'one that was placed before', entry.subject);
    return null;
  }
  findings.same(atEntry(entry), 'feature', hold.feature, entry.feature);
  return findings.same(atEntry(entry), 'state of the hold', 'open', hold.state) ? hold : null;
}

/** What is left of a hold, as it goes back to its lots. */
export function returns(replay: Replay, entry: Entry, legs: readonly HoldLeg[]): ExpectedPosting[] {
  const left = legs.filter(({ held }) => !held.isZero());
  return backAgain(replay, entry, left.map(({ lotId, rateVersion, held }) => ({ lotId, from: 'held', rateVersion, credits: held })));
}

export function emptied(leg: HoldLeg): HoldLeg {
  return { ...leg, held: ZERO };
}
