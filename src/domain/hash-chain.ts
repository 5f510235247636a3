import { hash as digest } from 'node:crypto';
import { instantText } from './calendar.js';
import { formatCredits } from './credits.js';
import type { Entry } from './entry.js';
import type { RateBook } from './rate.js';

/**
 * The hash chain of an account, version 1. An entry is encoded as a JSON array of strings, nulls and arrays of the same,
 * in a fixed order and serialised as RFC 8785 does (no blanks, minimal escapes), which is injective; its hash is the
 * SHA-256 of that text in UTF-8. The last element is the hash of the entry before, so that no entry can be changed,
 * removed, inserted or moved without changing every later hash. `docs/hash-chain.md` has the fields and test vectors.
 */
export const HASH_VERSION = 1;

export function sha256(text: string): string {
  return digest('sha256', text, 'hex');
}

/** First 16 bytes of a SHA-256, hex: for keys and requests, where 128 bits tell any two apart. */
export function shortDigest(text: string): string {
  return sha256(text).slice(0, 32);
}

/** The hash before the first entry: bound to the account, so that no chain can be moved to another one. */
export function genesisHash(accountId: string): string {
  return sha256(JSON.stringify(['kaltura-ai-credits/genesis/1', accountId]));
}

/** Commits to metadata without revealing it: erasing salt and text leaves the chain whole. */
export function metadataHash(salt: string, text: string): string {
  return sha256(JSON.stringify(['kaltura-ai-credits/metadata/1', salt, text]));
}

/** The hash of a rate version's content goes into every entry that names it: rates cannot be rewritten afterwards. */
function rateHash(rateVersion: string | null, rates: RateBook): string | null {
  if (rateVersion === null) return null;
  const version = rates.get(rateVersion);
  if (version === undefined) throw new Error(`rate version ${rateVersion} was not loaded`);
  return version.hash;
}

/**
 * The text that is hashed. Written by hand because it is written for every debit; the test vectors hold it to what
 * `JSON.stringify` makes of the same array.
 */
export function encodeEntry(entry: Omit<Entry, 'hash'>, rates: RateBook, previousHash: string): string {
  let lines = '';
  for (const posting of entry.postings) {
    lines += `${lines === '' ? '' : ','}["${posting.line}","${posting.lotId}","${posting.from}","${posting.to}","${formatCredits(
      posting.credits,
    )}",${quoted(posting.rateVersion)},${plain(rateHash(posting.rateVersion, rates))},${plain(posting.share)},"${formatCredits(
      posting.lotAvailableAfter,
    )}","${formatCredits(posting.lotHeldAfter)}"]`;
  }
  return `["kaltura-ai-credits/entry/1",${quoted(entry.accountId)},"${entry.seq}","${entry.type}","${instantText(
    entry.occurredAt,
  )}","${instantText(entry.recordedAt)}","${entry.accountingDate}",${plain(entry.keyDigest)},${plain(entry.fingerprint)},${quoted(
    entry.actor,
  )},${quoted(entry.feature)},${quoted(entry.subject)},${plain(entry.cites)},"${formatCredits(entry.credits)}",${
    entry.unfunded === null ? 'null' : `"${formatCredits(entry.unfunded)}"`
  },${quoted(entry.rateVersion)},${plain(rateHash(entry.rateVersion, rates))},${plain(entry.endUser)},${plain(
    entry.metadataHash,
  )},${JSON.stringify(entry.detail)},"${formatCredits(entry.availableAfter)}","${formatCredits(
    entry.heldAfter,
  )}",[${lines}],"${previousHash}"]`;
}

/** Quotes, backslashes, control characters, surrogates. */
const NEEDS_ESCAPE = /["\\]|[^ -\uD7FF\uE000-\uFFFF]/;

/** A JSON string of any text, or null. */
function quoted(text: string | null): string {
  if (text === null) return 'null';
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** A JSON string of what the service made itself, digits and hex: nothing in it needs an escape. */
function plain(value: string | number | null): string {
  return value === null ? 'null' : `"${value}"`;
}

export function hashEntry(entry: Omit<Entry, 'hash'>, rates: RateBook, previousHash: string): string {
  return sha256(encodeEntry(entry, rates, previousHash));
}
