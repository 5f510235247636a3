import { ONE, ZERO, amount, formatCredits, formatShare } from '../credits.js';
import type { Entry } from '../entry.js';
import { afterReversal, citedDebitOf } from '../reversal.js';
import { sameCredits, sumOfPostings } from './check-chain.js';
import { bucketOnReturn } from './check-term.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, type CitedEntry, type Replay } from './replay.js';

/** A reversal gives back what its share of the cited debit or capture took, from the newest leg on, and never more (SPEC 12). */
export function checkReversal(
  replay: Replay,
  entry: Entry,
  detail: Readonly<Record<string, unknown>>,
  cited: CitedEntry | null,
  findings: Findings,
): void {
  const at = atEntry(entry);
  if ((cited?.entry.type !== 'debit' && cited?.entry.type !== 'capture') || cited.entry.seq >= entry.seq) {
    findings.differ(at, 'cited entry', 'an earlier debit or capture', cited === null ? null : `${cited.entry.type} ${cited.entry.seq}`);
    return;
  }
  findings.same(at, 'feature', cited.entry.feature, entry.feature);
  sameCredits(findings, at, 'credits of the entry', sumOfPostings(entry), entry.credits);
  const share = amount(member(detail, 'share') ?? '0');
  const before = amount(cited.reversedBefore ?? '0');
  const after = before.add(share);
  if (share.lte(ZERO) || after.gt(ONE)) {
    findings.differ(at, 'reversed share of the debit', `more than ${formatShare(before)}, at most 1`, formatShare(after));
  }
  findings.same(at, 'reversed share', formatShare(after), member(detail, 'reversedShare'));

  const start = afterReversal(citedDebitOf(cited.entry), before);
  const end = afterReversal(start, share);
  const due = end.legs
    .map((leg, index) => ({ leg, back: leg.reversed.sub(start.legs[index]?.reversed ?? ZERO) }))
    .filter(({ back }) => !back.isZero())
    .reverse();
  findings.same(at, 'number of postings', due.length, entry.postings.length);
  due.forEach(({ leg, back }, index) => {
    const posting = entry.postings[index];
    if (posting === undefined) return;
    const line = atEntry(entry, posting.line);
    findings.same(line, 'lot', leg.lotId, posting.lotId);
    findings.same(line, 'rate version', leg.rateVersion, posting.rateVersion);
    findings.same(line, 'credits given back', formatCredits(back), formatCredits(posting.credits));
    const to = bucketOnReturn(replay, leg.lotId, entry);
    findings.same(line, 'buckets', `consumed to ${to}`, `${posting.from} to ${posting.to}`);
    const validUntil = replay.lots.get(leg.lotId)?.terms.validUntil ?? null;
    if (to === 'available' && validUntil !== null) lowerDue(replay, validUntil);
  });
}
