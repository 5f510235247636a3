import type { CitedDebit } from '../account-state.js';
import { ONE, ZERO, amount, formatShare } from '../credits.js';
import type { Entry } from '../entry.js';
import { afterReversal, citedDebitOf } from '../reversal.js';
import { withSettlement } from '../unfunded.js';
import { sameCredits, sumOfPostings } from './check-chain.js';
import { checkPostings } from './check-hold.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, type CitedEntry, type Replay } from './replay.js';
import { backAgain } from './return-again.js';

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

  const taken = cited.endedBefore?.type === 'settlement' ? withSettlementEntry(cited) : citedDebitOf(cited.entry);
  const start = afterReversal(taken, before);
  const end = afterReversal(start, share);
  const due = end.legs
    .map((leg, index) => ({ ...leg, from: 'consumed', credits: leg.reversed.sub(start.legs[index]?.reversed ?? ZERO) }))
    .filter(({ credits }) => !credits.isZero())
    .reverse();
  const lines = backAgain(replay, entry, due.map(({ lotId, from, rateVersion, credits }) => ({ lotId, from, rateVersion, credits })));
  checkPostings(entry, lines, findings);
  for (const { lotId, to } of lines) {
    const validUntil = replay.lots.get(lotId)?.terms.validUntil ?? null;
    if (to === 'available' && validUntil !== null) lowerDue(replay, validUntil);
  }
}

/** What a settlement paid since is the newest leg of the action. */
function withSettlementEntry({ entry, endedBefore }: CitedEntry): CitedDebit {
  const taken = citedDebitOf(entry);
  const [paid] = endedBefore?.postings ?? [];
  if (paid === undefined) return taken;
  return withSettlement(taken, paid.lotId, paid.rateVersion ?? '', amount(paid.share ?? '0'), paid.credits);
}
