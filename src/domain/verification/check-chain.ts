import { ZERO, formatCredits, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { HASH_VERSION, hashEntry, metadataHash } from '../hash-chain.js';
import { instantText } from '../calendar.js';
import type { Findings } from './difference.js';
import { atEntry, placeInBurnOrder, type EntryRecord, type Replay } from './replay.js';

/** Sequence, time and hash of one entry. Moves the replay on to it, whatever is found, so that each break is named once. */
export function checkChain(replay: Replay, { entry, metadata }: EntryRecord, findings: Findings): void {
  const at = atEntry(entry);
  const follows = findings.same(at, 'sequence: entries are missing or repeated before this one', replay.seq + 1, entry.seq);
  if (entry.recordedAt < replay.lastRecordedAt) {
    findings.differ(at, 'recordedAt falls', `at least ${instantText(replay.lastRecordedAt)}`, instantText(entry.recordedAt));
  }
  findings.same(at, 'hash version', HASH_VERSION, entry.hashVersion);
  const known = checkRateVersions(replay, entry, findings);
  // After a gap the hash before this entry is unknown, and without its rates nothing can be encoded.
  if (follows && known) findings.same(at, 'hash', hashEntry(entry, replay.rates, replay.headHash), entry.hash);
  if (metadata !== null) {
    findings.same(at, 'hash of the metadata', metadataHash(metadata.salt, metadata.text), entry.metadataHash);
  }
  replay.seq = entry.seq;
  replay.headHash = entry.hash;
  replay.lastRecordedAt = Math.max(replay.lastRecordedAt, entry.recordedAt);
}

function checkRateVersions(replay: Replay, entry: Entry, findings: Findings): boolean {
  let known = true;
  if (entry.rateVersion !== null && !replay.rates.has(entry.rateVersion)) {
    findings.differ(atEntry(entry), 'rate version', 'one that exists', entry.rateVersion);
    known = false;
  }
  for (const posting of entry.postings) {
    if (posting.rateVersion === null || replay.rates.has(posting.rateVersion)) continue;
    findings.differ(atEntry(entry, posting.line), 'rate version', 'one that exists', posting.rateVersion);
    known = false;
  }
  return known;
}

/** What happens by itself when its time has come, or because of another entry. */
const BY_THEMSELVES = ['status', 'hold-expired', 'lapse', 'rollover', 'reinstatement', 'purchase-overdue', 'purchase-lapsed'];
const SAY_NOTHING_OF_KEYS = new Set(BY_THEMSELVES);
const FOLLOW_FROM_ANOTHER = new Set([...BY_THEMSELVES, 'allocation']);

/** A key may only be missing where no request asked for the entry. That no key is used twice is the database's to keep. */
export function checkKey(entry: Entry, findings: Findings): void {
  const at = atEntry(entry);
  if (entry.keyDigest === null && !SAY_NOTHING_OF_KEYS.has(entry.type)) findings.differ(at, 'idempotency key', 'its digest', null);
  // A purchase that a signed order form contains is placed by the signature.
  const follows = FOLLOW_FROM_ANOTHER.has(entry.type) || (entry.type === 'purchase' && entry.fingerprint === null);
  if (entry.fingerprint === null && !follows) findings.differ(at, 'fingerprint of the request', 'its digest', null);
}

/** Moves the credits of each posting and checks what the entry says it left behind (SPEC 16.1, 16.2). */
export function applyPostings(replay: Replay, entry: Entry, findings: Findings): void {
  let available = replay.availableAfter;
  let held = replay.heldAfter;
  entry.postings.forEach((posting, index) => {
    const at = atEntry(entry, posting.line);
    findings.same(at, 'line number', index + 1, posting.line);
    if (posting.credits.lte(ZERO)) findings.differ(at, 'credits', 'more than 0', posting.credits);
    if (posting.from === posting.to || posting.to === 'issued') {
      findings.differ(at, 'buckets', 'two, and none back to issued', `${posting.from} to ${posting.to}`);
    }
    const change = (bucket: 'available' | 'held', before: Amount): Amount => {
      const less = posting.from === bucket ? before.sub(posting.credits) : before;
      return posting.to === bucket ? less.add(posting.credits) : less;
    };
    available = change('available', available);
    held = change('held', held);
    const lot = replay.lots.get(posting.lotId);
    if (lot === undefined) {
      findings.differ(at, 'lot', 'one that an earlier entry issued', posting.lotId);
      return;
    }
    const { buckets } = lot;
    buckets[posting.from] = posting.from === 'issued' ? buckets.issued.add(posting.credits) : buckets[posting.from].sub(posting.credits);
    buckets[posting.to] = buckets[posting.to].add(posting.credits);
    if (posting.to === 'frozen') lot.freezeOwed = lot.freezeOwed.sub(posting.credits);
    if (lot.freezeOwed.lt(ZERO)) findings.differ(at, `credits of lot ${posting.lotId} owed to a freeze`, '0 or more', lot.freezeOwed);
    if (buckets[posting.from].lt(ZERO)) findings.differ(at, `${posting.from} credits of lot ${posting.lotId}`, '0 or more', buckets[posting.from]);
    sameCredits(findings, at, `available credits of lot ${posting.lotId} after it`, change('available', lot.availableAfter), posting.lotAvailableAfter);
    sameCredits(findings, at, `held credits of lot ${posting.lotId} after it`, change('held', lot.heldAfter), posting.lotHeldAfter);
    lot.availableAfter = posting.lotAvailableAfter;
    lot.heldAfter = posting.lotHeldAfter;
    placeInBurnOrder(replay, lot);
  });
  sameCredits(findings, atEntry(entry), 'available credits of the account after it', available, entry.availableAfter);
  sameCredits(findings, atEntry(entry), 'held credits of the account after it', held, entry.heldAfter);
  replay.availableAfter = entry.availableAfter;
  replay.heldAfter = entry.heldAfter;
}

export function sameCredits(findings: Findings, at: string, what: string, expected: Amount, found: Amount): void {
  if (!expected.eq(found)) findings.differ(at, what, formatCredits(expected), formatCredits(found));
}

export function sumOfPostings(entry: Entry): Amount {
  return entry.postings.reduce((sum, { credits }) => sum.add(credits), ZERO);
}
