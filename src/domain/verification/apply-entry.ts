import { ACCOUNT_STATUSES } from '../account-state.js';
import type { Entry } from '../entry.js';
import { statusAfter } from '../status.js';
import { checkDelivery, checkNotice, checkOrderForm } from './check-agreement.js';
import { checkPayment, checkPurchase } from './check-buying.js';
import { applyPostings, checkChain, checkKey } from './check-chain.js';
import { checkDebit } from './check-debit.js';
import { checkAllocation, checkGrant } from './check-issue.js';
import { checkReversal } from './check-reversal.js';
import type { Findings } from './difference.js';
import { atEntry, member, type EntryRecord, type Replay } from './replay.js';

/** Checks one entry against all that came before it, and moves the replay on. Never throws. */
export function applyEntry(replay: Replay, record: EntryRecord, findings: Findings): void {
  const { entry } = record;
  readably(entry, findings, () => {
    checkChain(replay, record, findings);
    checkKey(entry, findings);
  });
  checkDueStatus(replay, entry, findings);
  readably(entry, findings, () => {
    checkMatter(replay, record, findings);
  });
  const before = balancesOf(replay);
  applyPostings(replay, entry, findings);
  if (entry.postings.length > 0) {
    const to = statusAfter(before, balancesOf(replay));
    if (to !== replay.status) replay.dueStatus = { to, cites: entry.seq };
  }
}

/** Names the entries that are missing at the end, and a change of status that never came. */
export function finishReplay(replay: Replay, lastSeq: number, findings: Findings): void {
  if (replay.seq < lastSeq) {
    findings.differ('account', 'sequence: entries are missing at the end', `entries up to ${lastSeq}`, `entries up to ${replay.seq}`);
  }
  if (replay.dueStatus !== null) {
    findings.differ(`entry ${replay.dueStatus.cites}`, 'status that it causes', replay.dueStatus.to, 'no entry');
  }
}

function checkMatter(replay: Replay, { entry, payment, cited }: EntryRecord, findings: Findings): void {
  const detail = JSON.parse(entry.detail) as Record<string, unknown>;
  switch (entry.type) {
    case 'order-form':
      checkOrderForm(replay, entry, detail, findings);
      break;
    case 'notice':
      checkNotice(replay, entry, detail, findings);
      break;
    case 'notice-delivered':
      checkDelivery(replay, entry, detail, findings);
      break;
    case 'purchase':
      checkPurchase(replay, entry, detail, findings);
      break;
    case 'payment':
      checkPayment(replay, entry, detail, payment, findings);
      break;
    case 'allocation':
      checkAllocation(replay, entry, detail, findings);
      return;
    case 'grant':
      checkGrant(replay, entry, detail, findings);
      return;
    case 'debit':
      checkDebit(replay, entry, detail, findings);
      return;
    case 'reversal':
      checkReversal(replay, entry, detail, cited, findings);
      return;
    case 'status':
      checkStatus(replay, entry, detail, findings);
      break;
    default:
      findings.differ(atEntry(entry), 'type', 'a known one', entry.type);
      return;
  }
  findings.same(atEntry(entry), 'number of postings', 0, entry.postings.length);
}

function checkStatus(replay: Replay, entry: Entry, detail: Readonly<Record<string, unknown>>, findings: Findings): void {
  const at = atEntry(entry);
  findings.same(at, 'status before', replay.status, member(detail, 'from'));
  const to = ACCOUNT_STATUSES.find((status) => status === member(detail, 'to'));
  if (to === undefined) findings.differ(at, 'status after', ACCOUNT_STATUSES.join(' or '), member(detail, 'to'));
  else replay.status = to;
}

/** P5: what an entry does to the status is recorded by the very next one, of the same transaction. */
function checkDueStatus(replay: Replay, entry: Entry, findings: Findings): void {
  const due = replay.dueStatus;
  replay.dueStatus = null;
  const at = atEntry(entry);
  if (due === null) {
    if (entry.type === 'status' && entry.cites !== null) findings.differ(at, 'cited entry', 'one that changes the status', entry.cites);
    return;
  }
  if (entry.type === 'status' && entry.cites === due.cites) {
    findings.same(at, 'status after', due.to, statusNamed(entry));
    return;
  }
  findings.differ(`entry ${due.cites}`, 'status that it causes', due.to, `entry ${entry.seq} of type ${entry.type}`);
}

function statusNamed(entry: Entry): string | null {
  return /"to":"(\w+)"/.exec(entry.detail)?.[1] ?? null;
}

function balancesOf({ contract, status, availableAfter, heldAfter }: Replay): Parameters<typeof statusAfter>[0] {
  return { contract, status, available: availableAfter, held: heldAfter };
}

/** What an entry holds may be anything once somebody has changed it: what cannot be read is a difference, not a crash. */
function readably(entry: Entry, findings: Findings, check: () => void): void {
  try {
    check();
  } catch (error) {
    findings.differ(atEntry(entry), 'content', 'one that can be read', error instanceof Error ? error.message : String(error));
  }
}
