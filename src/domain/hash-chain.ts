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

export function encodeEntry(entry: Omit<Entry, 'hash'>, rates: RateBook, previousHash: string): string {
  return JSON.stringify([
    'kaltura-ai-credits/entry/1',
    entry.accountId,
    String(entry.seq),
    entry.type,
    instantText(entry.occurredAt),
    instantText(entry.recordedAt),
    entry.accountingDate,
    entry.keyDigest,
    entry.fingerprint,
    entry.actor,
    entry.feature,
    entry.subject,
    entry.cites === null ? null : String(entry.cites),
    formatCredits(entry.credits),
    entry.unfunded === null ? null : formatCredits(entry.unfunded),
    entry.rateVersion,
    rateHash(entry.rateVersion, rates),
    entry.endUser,
    entry.metadataHash,
    entry.detail,
    formatCredits(entry.availableAfter),
    formatCredits(entry.heldAfter),
    entry.postings.map((posting) => [
      String(posting.line),
      String(posting.lotId),
      posting.from,
      posting.to,
      formatCredits(posting.credits),
      posting.rateVersion,
      rateHash(posting.rateVersion, rates),
      posting.share,
      formatCredits(posting.lotAvailableAfter),
      formatCredits(posting.lotHeldAfter),
    ]),
    previousHash,
  ]);
}

export function hashEntry(entry: Omit<Entry, 'hash'>, rates: RateBook, previousHash: string): string {
  return sha256(encodeEntry(entry, rates, previousHash));
}
