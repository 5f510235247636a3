import { instantText, localDate } from '../calendar.js';
import { canonicalJson, type Json } from '../canonical-json.js';
import { zoneOf } from '../contract.js';
import { formatCredits } from '../credits.js';
import type { Entry } from '../entry.js';
import { sameCredits } from './check-chain.js';
import { checkSecondOperator } from './check-correction.js';
import { checkOneMove } from './check-freeze.js';
import { openLot } from './check-issue.js';
import type { Findings } from './difference.js';
import { atEntry, member, type Replay, type TransferHalf } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** P7: with a consent that is older, wanted by two persons, and with its other half. */
export function checkTransferOut(replay: Replay, entry: Entry, detail: Detail, half: TransferHalf | null, findings: Findings): void {
  const at = atEntry(entry);
  checkSecondOperator(entry, detail, 'transfer', findings);
  const consent = detail['consent'] as Detail | undefined;
  const today = localDate(entry.recordedAt, zoneOf(replay.contract));
  if (!((member(consent ?? {}, 'date') ?? today) < today)) {
    findings.differ(at, 'consent', `a document from before ${today}`, member(consent ?? {}, 'date'));
  }
  const lot = replay.lots.get(entry.cites ?? 0);
  if (lot === undefined) {
    findings.differ(at, 'lot', 'one that an earlier entry issued', entry.cites);
    return;
  }
  findings.same(at, 'condition of the lot', 'normal', lot.condition);
  const { terms } = lot;
  findings.same(at, 'rate version', terms.rateVersion, entry.rateVersion);
  const stated = { ...terms, lotId: String(terms.lotId), validUntil: terms.validUntil === null ? null : instantText(terms.validUntil) };
  const kept = (detail['lot'] ?? {}) as Detail;
  for (const term of ['lotId', 'kind', 'cardId', 'currency', 'purchaseId', 'orderFormId', 'validUntil', 'unitPrice'] as const) {
    findings.same(at, `${term} of the lot`, stated[term], member(kept, term));
  }
  checkOneMove(entry, lot, 'available', 'transferred', entry.credits, findings);
  checkRow(entry, half, terms.lotId, findings);
  const other = half?.counterpart ?? null;
  if (other === null) findings.differ(at, 'other half of the transfer', `an entry of account ${entry.subject ?? ''}`, null);
  else findings.same(at, 'other half of the transfer', `transfer-in of ${formatCredits(entry.credits)}`, `${other.type} of ${formatCredits(other.credits)}`);
}

/** The lot that arrives is the one that left: same rates, price, kind and purchase, once (SPEC 16.7). */
export function checkTransferIn(replay: Replay, entry: Entry, detail: Detail, half: TransferHalf | null, findings: Findings): void {
  const at = atEntry(entry);
  const { terms } = openLot(replay, entry, detail, findings);
  checkSecondOperator(entry, detail, 'transfer', findings);
  const left = half?.counterpart ?? null;
  if (left?.type !== 'transfer-out') {
    findings.differ(at, 'entry that the credits left by', `a transfer-out of account ${entry.subject ?? ''}`, left?.type);
    return;
  }
  const outgoing = JSON.parse(left.detail) as Detail;
  sameCredits(findings, at, 'credits of the transfer', left.credits, entry.credits);
  findings.same(at, 'account that they went to', replay.accountId, left.subject);
  findings.same(at, 'source of the lot', `${left.accountId} ${String(left.cites)}`, `${terms.source?.accountId ?? ''} ${String(terms.source?.lotId)}`);
  findings.same(at, 'entry that the credits left by', String(left.seq), member(detail, 'sourceEntry'));
  findings.same(at, 'rate version of the lot', left.rateVersion, terms.rateVersion);
  findings.same(at, 'consent', canonicalJson(outgoing['consent'] as Json), canonicalJson(detail['consent'] as Json));
  const source = outgoing['lot'] as Detail;
  for (const term of ['kind', 'cardId', 'currency', 'purchaseId', 'orderFormId', 'validUntil', 'unitPrice'] as const) {
    findings.same(at, `${term} of the lot`, member(source, term), member(detail, term));
  }
  checkRow(entry, half, left.seq, findings);
}

function checkRow(entry: Entry, half: TransferHalf | null, names: number, findings: Findings): void {
  const at = atEntry(entry);
  const row = half?.row ?? null;
  if (row === null) {
    findings.differ(at, 'row of the transfer', 'one', null);
    return;
  }
  findings.same(at, 'row of the transfer: key', entry.keyDigest, row.keyDigest);
  findings.same(at, 'row of the transfer: other account', entry.subject, row.otherAccountId);
  findings.same(at, 'row of the transfer: lot or entry', names, row.names);
  sameCredits(findings, at, 'row of the transfer: credits', entry.credits, row.credits);
}
