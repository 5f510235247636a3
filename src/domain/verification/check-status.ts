import { canonicalJson } from '../canonical-json.js';
import { governingOrderForm } from '../contract.js';
import type { Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { ACCOUNT_STATUSES, reasonsOf, statusOf, type Standing } from '../standing.js';
import { creditAfter } from '../status.js';
import { termAt } from '../term.js';
import type { Findings } from './difference.js';
import { atEntry, member, type Replay } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** A change of standing: from where the account stood, one reason at a time, and for a cause (SPEC 10). */
export function checkStatus(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const from = replay.standing;
  findings.same(at, 'status before', statusOf(from), member(detail, 'from'));
  const to = standingIn(detail, from);
  if (to === null) {
    findings.differ(at, 'status after', ACCOUNT_STATUSES.join(' or '), member(detail, 'to'));
    return;
  }
  replay.standing = to;
  findings.same(at, 'status after', statusOf(to), member(detail, 'to'));
  if (detail['standing'] !== undefined) findings.same(at, 'reasons', reasonsOf(to).join(), (detail['reasons'] as string[]).join());
  const changed = (['credit', 'term', 'operator', 'closed'] as const).filter((part) => partText(from, part) !== partText(to, part));
  // An operator may repeat a suspension.
  const repeated = changed.length === 0 && entry.keyDigest !== null && to.operator !== null;
  if (changed.length !== 1 && !repeated) findings.differ(at, 'what changes', 'one thing', changed.join(' and '));
  if (changed.includes('credit')) checkCredit(replay, entry, from, to, findings);
  if (changed.includes('term')) checkTerm(replay, entry, from, to, findings);
  const asked = changed.includes('operator') || changed.includes('closed');
  if (asked !== (entry.keyDigest !== null) && !repeated) {
    findings.differ(at, 'request that asked for it', asked ? 'one' : null, entry.keyDigest);
  }
}

/** One part of a standing as text, whatever the order of its members. */
export function partText(standing: Standing, part: keyof Standing): string {
  const value = standing[part];
  return canonicalJson(value !== null && typeof value === 'object' ? { ...value } : value);
}

/** The standing that the entry states. Entries of the first release state only the status that it came to. */
function standingIn(detail: Detail, from: Standing): Standing | null {
  const stated = detail['standing'] as Standing | undefined;
  if (stated !== undefined) return { credit: stated.credit, term: stated.term, operator: stated.operator, closed: stated.closed };
  const credit = (['active', 'limited', 'suspended'] as const).find((known) => known === member(detail, 'to'));
  return credit === undefined ? null : { ...from, credit };
}

/** P5: what cites an entry was called for by it; else a refusal for lack of credits limits, or suspends where that was agreed. */
function checkCredit(replay: Replay, entry: Entry, from: Standing, to: Standing, findings: Findings): void {
  if (entry.cites !== null) return;
  const suspends = governingOrderForm(replay.contract, entry.recordedAt)?.suspendOnRefusal === true;
  const expected = suspends ? 'suspended' : 'limited';
  if (to.credit !== expected || (to.credit === 'limited' && from.credit !== 'active')) {
    findings.differ(atEntry(entry), 'standing after a refusal', expected, to.credit);
  }
}

/** P4: the Term ends only when its time has come, and is open again only while it runs. */
function checkTerm(replay: Replay, entry: Entry, from: Standing, to: Standing, findings: Findings): void {
  const term = termAt(replay.contract, entry.recordedAt);
  const { recordedAt } = entry;
  const isDue =
    term !== null &&
    ((to.term === 'ended' && recordedAt >= term.until && (from.term === 'running' || entry.cites !== null)) ||
      (to.term === 'running' && recordedAt >= term.from && recordedAt < (from.term === 'lapsed' ? term.lapsesAt : term.until)));
  if (!isDue) findings.differ(atEntry(entry), 'standing of the Term', from.term, to.term);
}

/** P5: what an entry does to the standing is recorded by the very next one, of the same transaction. */
export function checkDueCredit(replay: Replay, entry: Entry, findings: Findings): void {
  const due = replay.dueCredit;
  replay.dueCredit = null;
  const stated = entry.type === 'status' ? creditNamed(entry, replay.standing) : replay.standing.credit;
  if (due === null) {
    if (stated !== replay.standing.credit && entry.cites !== null) {
      findings.differ(atEntry(entry), 'cited entry', 'one that changes the status', entry.cites);
    }
    return;
  }
  if (entry.type === 'status' && entry.cites === due.cites) findings.same(atEntry(entry), 'standing after', due.to, stated);
  else findings.differ(`entry ${due.cites}`, 'status that it causes', due.to, `entry ${entry.seq} of type ${entry.type}`);
}

function creditNamed(entry: Entry, from: Standing): Standing['credit'] {
  try {
    return standingIn(JSON.parse(entry.detail) as Detail, from)?.credit ?? from.credit;
  } catch {
    return from.credit; // named where the entry is read
  }
}

/** Notes which change of standing the balance calls for once the postings of an entry are applied. */
export function noteDueCredit(replay: Replay, before: Amount, entry: Entry): void {
  if (entry.postings.length === 0) return;
  const to = creditAfter(replay, before, balanceIn(replay), entry.recordedAt);
  if (to !== replay.standing.credit) replay.dueCredit = { to, cites: entry.seq };
}

/** The balance as the last entry states it. */
export function balanceIn({ availableAfter, heldAfter }: Replay): Amount {
  return availableAfter.add(heldAfter);
}
