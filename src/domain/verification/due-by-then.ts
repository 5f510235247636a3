import { NEVER_DUE } from '../purchase.js';
import { termsOf } from '../term.js';
import { instantText } from '../calendar.js';
import type { Entry } from '../entry.js';
import type { Findings } from './difference.js';
import { atEntry, type Replay } from './replay.js';

/**
 * When something falls due at the earliest, as the entries tell it: a hold expires, a lot or the Term ends, credits lapse, a
 * purchase stays unpaid. Null: never. `at` is the instant from which it is looked at.
 */
export function earliestDue(replay: Replay, at: number): number | null {
  let earliest = Infinity;
  const mayFallDue = (instant: number): void => {
    if (instant < earliest && instant < NEVER_DUE) earliest = instant;
  };
  for (const hold of replay.holds.values()) if (hold.state === 'open') mayFallDue(hold.expiresAt);
  for (const { terms, availableAfter } of replay.open) {
    if (terms.validUntil !== null && !availableAfter.isZero()) mayFallDue(terms.validUntil);
  }
  for (const { purchase } of replay.purchases.values()) {
    const waits = purchase.state === 'awaiting_payment' || (purchase.state === 'partially_paid' && purchase.placedBy === 'order-form');
    if (waits) mayFallDue(purchase.paymentDueAt);
  }
  const term = termDue(replay, at);
  if (term !== null) mayFallDue(term);
  return earliest === Infinity ? null : earliest;
}

function termDue({ contract, standing, open }: Replay, at: number): number | null {
  const last = termsOf(contract).at(-1);
  if (last === undefined) return null;
  if (standing.term === 'running') return last.until;
  if (standing.term === 'ended') return last.lapsesAt;
  // A Term that was signed after the one before it had lapsed: it has not begun.
  if (last.lapsesAt > at) return last.from;
  const left = open.some(({ terms, availableAfter }) => terms.allocatedAt < last.lapsesAt && !availableAfter.isZero());
  return left ? last.lapsesAt : null;
}

/** All that is due has been booked before a request is carried out, worker or no worker (SPEC 6, 9). */
export function checkNothingWasDue(replay: Replay, entry: Entry, findings: Findings): void {
  if (entry.fingerprint === null || replay.nothingDueBefore === null || entry.recordedAt < replay.nothingDueBefore) return;
  replay.nothingDueBefore = earliestDue(replay, entry.recordedAt);
  if (replay.nothingDueBefore === null || replay.nothingDueBefore > entry.recordedAt) return;
  findings.differ(atEntry(entry), 'what was due before it', 'booked', `due at ${instantText(replay.nothingDueBefore)}, and not booked`);
  // Named once, and not at every entry that follows.
  replay.nothingDueBefore = null;
}

/** What an entry brought along may fall due before all else. */
export function lowerDue(replay: Replay, instant: number): void {
  if (replay.nothingDueBefore === null || instant < replay.nothingDueBefore) replay.nothingDueBefore = instant;
}
