import { ZERO, amount, formatCredits, formatShare, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import type { Hold } from '../hold.js';
import { sumOfUsage, usageText } from '../usage.js';
import { sameCredits } from './check-chain.js';
import { checkPostings, emptied, returns, usageIn } from './check-hold.js';
import type { Findings } from './difference.js';
import { capAgain, priceAgain, type Part, type Rest } from './price-again.js';
import { atEntry, member, type Replay } from './replay.js';

/**
 * A capture is priced again: what its part of the usage adds to the cost so far, from what was held first, then from what is
 * available, at most `maxCapture` in all, the rest unfunded; and what an ended hold still has goes back (SPEC 6, 16.5).
 */
export function checkCapture(replay: Replay, entry: Entry, detail: Readonly<Record<string, unknown>>, findings: Findings): void {
  const at = atEntry(entry);
  const hold = replay.holds.get(entry.subject ?? '');
  if (hold === undefined) {
    findings.differ(at, 'hold', 'one that was placed before', entry.subject);
    return;
  }
  const late = hold.state === 'expired';
  if (!late) findings.same(at, 'state of the hold', 'open', hold.state);
  findings.same(at, 'late', late, detail['late'] as boolean);
  findings.same(at, 'entry that placed the hold', hold.placedSeq, entry.cites);
  findings.same(at, 'feature', hold.feature, entry.feature);
  findings.same(at, 'billing mode', hold.billing, member(detail, 'billing'));
  if (replay.standing.operator?.cutsOffRunningWork === true) {
    findings.differ(at, 'capture while running work is cut off', null, replay.standing.operator.reference);
  }
  const part = usageIn(detail['usage']);
  findings.same(at, 'usage captured before', usageText(hold.usage), usageText(usageIn(detail['usageBefore'])));
  const usage = sumOfUsage(hold.usage, part);
  const { parts, rest } = hold.billing === 'credits' ? priced(replay, hold, usage, entry) : { parts: [], rest: null };
  const consumed = parts.reduce((sum, { credits }) => sum.add(credits), ZERO);
  const captured = hold.captured.add(consumed);
  sameCredits(findings, at, 'credits of the entry', consumed, entry.credits);
  findings.same(at, 'captured credits', formatCredits(captured), member(detail, 'captured'));
  checkRest(entry, rest, member(detail, 'unfundedShare'), findings);

  const left = hold.legs.map((leg) => ({ ...leg, held: leg.held.sub(takenFrom(parts, leg.lotId)) }));
  const ends = detail['final'] === true || late;
  checkPostings(entry, [...parts.map((paid) => ({ ...paid, to: 'consumed' })), ...(ends ? returns(replay, entry, left) : [])], findings);
  replay.holds.set(hold.holdId, { ...hold, state: ends ? 'captured' : 'open', legs: ends ? left.map(emptied) : left, usage, captured });
}

function priced(replay: Replay, hold: Hold, usage: Hold['usage'], entry: Entry): { parts: Part[]; rest: Rest | null } {
  const { feature, legs: held, usage: usageBefore } = hold;
  const whole = priceAgain(replay, { feature, usage, usageBefore, held, at: entry.recordedAt });
  const { parts, rest } = hold.maxCapture === null ? whole : capAgain(whole, hold.maxCapture.sub(hold.captured));
  return { parts: parts.filter(({ credits }) => !credits.isZero()), rest };
}

function checkRest(entry: Entry, rest: Rest | null, unfundedShare: string | null, findings: Findings): void {
  const at = atEntry(entry);
  const unfunded = rest === null || rest.credits.isZero() ? null : rest;
  sameCredits(findings, at, 'unfunded credits', unfunded?.credits ?? ZERO, entry.unfunded ?? ZERO);
  findings.same(at, 'unfunded share', unfunded && formatShare(unfunded.share), unfundedShare && formatShare(amount(unfundedShare)));
  findings.same(at, 'rate version of the unfunded part', rest?.rateVersion ?? null, entry.rateVersion);
}

function takenFrom(parts: readonly Part[], lotId: number): Amount {
  return parts.reduce((sum, part) => (part.from === 'held' && part.lotId === lotId ? sum.add(part.credits) : sum), ZERO);
}
