import { versionsOf } from '../contract.js';
import { UNFUNDED_STATES, type UnfundedState } from '../corrections.js';
import { ZERO, amount, formatCredits, formatShare, roundCredits, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { ratesForLot } from '../pricing.js';
import { costOf } from '../rate.js';
import { creditsReturnedRefunded } from '../refunded-return.js';
import { openCredits, unfundedUsageOf } from '../unfunded.js';
import { sumOfUsage } from '../usage.js';
import { sameCredits } from './check-chain.js';
import { lotNamed } from './check-freeze.js';
import { checkPostings } from './check-hold.js';
import type { Findings } from './difference.js';
import { asLot, atEntry, member, type CitedEntry, type Replay, type UnfundedRow } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** What is listed as unfunded is what its entry says, less what was settled, waived or reversed since. */
export function compareUnfunded(entry: Entry, row: UnfundedRow | null, findings: Findings): void {
  const at = `unfunded usage of entry ${entry.seq}`;
  const recorded = unfundedUsageOf(entry);
  if (recorded === null || row === null) {
    if (recorded !== null || row !== null) findings.differ(at, 'row', recorded === null ? null : 'one', row === null ? null : 'one');
    return;
  }
  findings.same(at, 'feature', recorded.feature, row.feature);
  findings.same(at, 'accounting date', entry.accountingDate, row.accountingDate);
  sameCredits(findings, at, 'credits', recorded.credits, row.credits);
  findings.same(at, 'share', formatShare(recorded.share), formatShare(row.share));
  let state: UnfundedState = 'open';
  let endedBy: number | null = null;
  let openShare = recorded.share;
  for (const { seq, type, reversedShare } of row.endings) {
    if (state !== 'open') continue;
    if (type === 'reversal') openShare = recorded.share.sub(reversedShare ?? '0');
    if (type !== 'reversal' || openShare.lte(ZERO)) {
      openShare = ZERO;
      endedBy = seq;
      state = type === 'settlement' ? 'settled' : type === 'waiver' ? 'waived' : 'reversed';
    }
  }
  findings.same(at, 'state', state, UNFUNDED_STATES.find((known) => known === row.state) ?? row.state);
  findings.same(at, 'entry that ended it', endedBy, row.endedBy);
  findings.same(at, 'open share', formatShare(openShare), formatShare(row.openShare));
  sameCredits(findings, at, 'open credits', openCredits({ ...recorded, openShare }), row.openCredits);
}

/** SPEC 12: what went back to a refunded lot is a break, of exactly these credits. */
export function compareRefundedReturn(entry: Entry, onRecord: Amount | null, findings: Findings): void {
  const returned = creditsReturnedRefunded(entry.postings);
  const text = (credits: Amount | null): string | null => credits && formatCredits(credits);
  findings.same(atEntry(entry), 'break of what went back to a refunded lot', text(returned), text(onRecord));
}

/** P6: settled whole, from a lot that was bought later, at that lot's own rates. */
export function checkSettlement(replay: Replay, entry: Entry, detail: Detail, cited: CitedEntry | null, findings: Findings): void {
  const open = openBefore(entry, detail, cited, findings);
  const lot = lotNamed(replay, entry, detail, findings);
  if (open === null || lot === null) return;
  const at = atEntry(entry);
  findings.same(at, 'kind of the lot', 'purchase', lot.terms.kind);
  if (lot.terms.lotId < open.recorded.seq) findings.differ(at, 'lot', `one that was bought after entry ${open.recorded.seq}`, lot.terms.lotId);
  const rated = ratesForLot(asLot(lot), open.recorded.feature, entry.recordedAt, replay.rates, versionsOf(replay.contract, replay.rates));
  if (rated === null) {
    findings.differ(at, 'rate version', 'one that knows the feature', null);
    return;
  }
  const { usage, usageBefore } = open.recorded;
  const whole = costOf(rated.rates, usageBefore === null ? usage : sumOfUsage(usageBefore, usage));
  const before = usageBefore === null || usageBefore.length === 0 ? ZERO : roundCredits(costOf(rated.rates, usageBefore));
  const cost = usageBefore === null ? whole : roundCredits(whole).sub(before);
  const credits = roundCredits(open.share.mul(cost));
  sameCredits(findings, at, 'credits of the entry', credits, entry.credits);
  findings.same(at, 'rate version', rated.version.id, entry.rateVersion);
  const line = { lotId: lot.terms.lotId, from: 'available', to: 'consumed', rateVersion: rated.version.id, share: open.share, credits };
  checkPostings(entry, credits.isZero() ? [] : [line], findings);
}

export function checkWaiver(entry: Entry, detail: Detail, cited: CitedEntry | null, findings: Findings): void {
  openBefore(entry, detail, cited, findings);
  if (member(detail, 'reason') === null) findings.differ(atEntry(entry), 'reason', 'one', null);
}

/** What of the cited usage was open right before this entry. */
function openBefore(
  entry: Entry,
  detail: Detail,
  cited: CitedEntry | null,
  findings: Findings,
): { readonly recorded: NonNullable<ReturnType<typeof unfundedUsageOf>>; readonly share: Amount } | null {
  const at = atEntry(entry);
  const recorded = cited === null || cited.entry.seq >= entry.seq ? null : unfundedUsageOf(cited.entry);
  if (cited === null || recorded === null) {
    findings.differ(at, 'cited entry', 'an earlier one with unfunded usage', entry.cites);
    return null;
  }
  if (cited.endedBefore !== null) findings.differ(at, 'cited usage', 'settled or waived once', `ended by entry ${cited.endedBefore.seq}`);
  findings.same(at, 'feature', cited.entry.feature, entry.feature);
  const share = recorded.share.sub(amount(cited.reversedBefore ?? '0'));
  findings.same(at, 'share', formatShare(share), member(detail, 'share'));
  findings.same(at, 'unfunded credits', formatCredits(openCredits({ ...recorded, openShare: share })), member(detail, 'unfunded'));
  return { recorded, share };
}
