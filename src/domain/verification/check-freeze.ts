import { ZERO, amount, formatCredits, least, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import type { Bucket } from '../lot.js';
import { sameCredits } from './check-chain.js';
import { checkPostings } from './check-hold.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, type Replay, type ReplayedLot } from './replay.js';
import { livingBucket } from './return-again.js';

type Detail = Readonly<Record<string, unknown>>;

/** SPEC 7: at most what is disputed, from what is available; the rest is owed. Never more than the lot. */
export function checkFreeze(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const lot = lotNamed(replay, entry, detail, findings);
  if (lot === null) return;
  const { issued, frozen, withdrawn } = lot.buckets;
  const disputable = lot.condition === 'refunded' ? ZERO : issued.sub(frozen).sub(withdrawn).sub(lot.freezeOwed);
  const claimed = least(amount(member(detail, 'asked') ?? '0'), disputable);
  const now = least(claimed, lot.availableAfter);
  sameCredits(findings, atEntry(entry), 'credits of the entry', now, entry.credits);
  checkOneMove(entry, lot, 'available', 'frozen', now, findings);
  lot.freezeOwed = lot.freezeOwed.add(claimed);
  if (lot.condition !== 'refunded') lot.condition = 'frozen';
  checkOwed(entry, lot.freezeOwed.sub(now), detail, findings);
}

/** What finance lets go, what is owed first, or takes away: nothing but what is disputed. */
export function checkFreezeEnd(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const lot = lotNamed(replay, entry, detail, findings);
  if (lot === null) return;
  if (lot.condition !== 'frozen') findings.differ(at, 'lot', 'a frozen one', lot.condition);
  const owed = amount(member(detail, 'freezeOwed') ?? '0');
  const released = entry.type === 'freeze-released';
  const to = released ? livingBucket(replay, lot.terms.lotId, entry) : 'withdrawn';
  if (entry.credits.gt(lot.buckets.frozen)) findings.differ(at, 'credits of the entry', `at most ${formatCredits(lot.buckets.frozen)}`, entry.credits);
  if (released ? owed.gt(lot.freezeOwed) || (!entry.credits.isZero() && !owed.isZero()) : !owed.eq(lot.freezeOwed)) {
    findings.differ(at, 'credits still owed to the freeze', formatCredits(released ? ZERO : lot.freezeOwed), formatCredits(owed));
  }
  if (entry.credits.isZero() && owed.eq(lot.freezeOwed)) findings.differ(at, 'what it ends', 'something', 'nothing');
  checkOneMove(entry, lot, 'frozen', to, entry.credits, findings);
  lot.freezeOwed = owed;
  if (owed.isZero() && entry.credits.eq(lot.buckets.frozen)) lot.condition = 'normal';
  if (to === 'available' && lot.terms.validUntil !== null) lowerDue(replay, lot.terms.validUntil);
}

export function lotNamed(replay: Replay, entry: Entry, detail: Detail, findings: Findings): ReplayedLot | null {
  const lot = replay.lots.get(Number(member(detail, 'lotId')));
  if (lot !== undefined) return lot;
  findings.differ(atEntry(entry), 'lot', 'one that an earlier entry issued', member(detail, 'lotId'));
  return null;
}

export function checkOneMove(entry: Entry, lot: ReplayedLot, from: Bucket, to: string, credits: Amount, findings: Findings): void {
  const line = { lotId: lot.terms.lotId, from, to, rateVersion: null, share: null, credits };
  checkPostings(entry, credits.isZero() ? [] : [line], findings);
}

function checkOwed(entry: Entry, owed: Amount, detail: Detail, findings: Findings): void {
  findings.same(atEntry(entry), 'credits still owed to the freeze', formatCredits(owed), member(detail, 'freezeOwed'));
}
