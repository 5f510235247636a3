import { instantText } from '../calendar.js';
import type { Contract } from '../contract.js';
import { ZERO, formatCredits, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { lastLapseUpTo, termAt, termsOf, type Term } from '../term.js';
import { sameInstant } from './check-agreement.js';
import { sameCredits, sumOfPostings } from './check-chain.js';
import { checkPostings } from './check-hold.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, type Replay, type ReplayedLot } from './replay.js';
import { backAgain } from './return-again.js';

type Detail = Readonly<Record<string, unknown>>;

/** P4: credits lapse only with their lot's own end or after the grace of the Term, and then all that is available. */
export function checkLapse(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  sameCredits(findings, at, 'credits of the entry', sumOfPostings(entry), entry.credits);
  if (entry.occurredAt > entry.recordedAt) findings.differ(at, 'time of the lapse', `at most ${instantText(entry.recordedAt)}`, instantText(entry.occurredAt));
  const available = replay.open.filter((lot) => !lot.availableAfter.isZero());
  const cause = member(detail, 'cause');
  if (cause === 'lot-ended') {
    const ended = available.filter(({ terms }) => terms.validUntil === entry.occurredAt && terms.lotId === entry.postings[0]?.lotId);
    if (ended.length === 0) findings.differ(at, 'lot that lapses', `one that ended at ${instantText(entry.occurredAt)}`, entry.postings[0]?.lotId);
    checkMoves(entry, 'available', 'lapsed', ended.map((lot) => [lot, lot.availableAfter]), findings);
    return;
  }
  findings.same(at, 'cause', 'term-ended', cause);
  const lapsesAt = lastLapseUpTo(replay.contract, entry.recordedAt);
  sameInstant(findings, at, 'end of the grace', lapsesAt, entry.occurredAt);
  if (replay.standing.term === 'running') findings.differ(at, 'standing of the Term', 'ended', 'running');
  const lots = available.filter(({ terms }) => terms.allocatedAt < lapsesAt);
  checkMoves(entry, 'available', 'lapsed', lots.map((lot) => [lot, lot.availableAfter]), findings);
  replay.standing = { ...replay.standing, term: 'lapsed' };
}

/** The postings move exactly these credits, lot by lot in order of their numbers. */
function checkMoves(entry: Entry, from: string, to: string, expected: readonly (readonly [ReplayedLot, Amount])[], findings: Findings): void {
  const inOrder = [...expected].sort(([a], [b]) => a.terms.lotId - b.terms.lotId);
  findings.same(atEntry(entry), 'number of postings', inOrder.length, entry.postings.length);
  inOrder.forEach(([lot, credits], index) => {
    const posting = entry.postings[index];
    if (posting === undefined) return;
    const line = atEntry(entry, posting.line);
    findings.same(line, 'lot', lot.terms.lotId, posting.lotId);
    findings.same(line, 'credits', formatCredits(credits), formatCredits(posting.credits));
    findings.same(line, 'buckets', `${from} to ${to}`, `${posting.from} to ${posting.to}`);
  });
}

/** The Terms at an instant without and with the order form that was signed last. */
function extension(contract: Contract, at: number): { readonly was: Term; readonly is: Term; readonly before: Contract } | null {
  const before = { ...contract, orderForms: contract.orderForms.slice(0, -1) };
  const was = termAt(before, at);
  const is = termAt(contract, at);
  if (was === null || is === null || termsOf(contract).length > termsOf(before).length || is.until <= was.until) return null;
  return { was, is, before };
}

/** An order form that extends the Term rolls over what is left, or reinstates it, right behind its signature (P4). */
export function noteDueExtension(replay: Replay, signature: Entry): void {
  if (extension(replay.contract, signature.recordedAt) === null) return;
  const lapsed = replay.standing.term === 'lapsed';
  // A lapse is undone by a change of standing first, so that what comes back may be used.
  replay.dueExtension = { type: lapsed ? 'reinstatement' : 'rollover', seq: signature.seq + (lapsed ? 2 : 1) };
}

export function checkDueExtension(replay: Replay, entry: Entry, findings: Findings): void {
  const due = replay.dueExtension;
  const isExtension = entry.type === 'rollover' || entry.type === 'reinstatement';
  if (due !== null && entry.seq >= due.seq) {
    replay.dueExtension = null;
    if (entry.type !== due.type || entry.seq !== due.seq) findings.differ(atEntry(entry), 'type', due.type, entry.type);
  } else if (isExtension) {
    findings.differ(atEntry(entry), 'order form that extends the Term', 'one right before it', null);
  }
}

export function checkExtension(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const form = replay.orderForms.get(entry.subject ?? '');
  findings.same(at, 'order form', form?.seq ?? null, entry.cites);
  sameCredits(findings, at, 'credits of the entry', sumOfPostings(entry), entry.credits);
  const extended = extension(replay.contract, entry.recordedAt);
  if (extended === null) {
    findings.differ(at, 'order form that extends the Term', 'one right before it', entry.subject);
    return;
  }
  const { was, is, before } = extended;
  findings.same(at, 'end of the Term before', instantText(was.until), member(detail, 'from'));
  findings.same(at, 'end of the Term', instantText(is.until), member(detail, 'until'));
  if (entry.type === 'rollover') {
    checkMoves(entry, '', '', [], findings);
    return;
  }
  const gone = termsOf(before).at(-2)?.lapsesAt ?? -Infinity;
  const back = [...replay.lots.values()].filter(
    ({ terms, buckets, condition }) =>
      buckets.lapsed.gt(ZERO) && condition !== 'refunded' && terms.allocatedAt >= gone && (terms.validUntil === null || terms.validUntil > entry.recordedAt),
  );
  back.sort((a, b) => a.terms.lotId - b.terms.lotId);
  const lines = back.map(({ terms, buckets }) => ({ lotId: terms.lotId, from: 'lapsed', rateVersion: null, credits: buckets.lapsed }));
  checkPostings(entry, backAgain(replay, entry, lines, 'available'), findings);
  for (const { terms } of back) if (terms.validUntil !== null) lowerDue(replay, terms.validUntil);
}
