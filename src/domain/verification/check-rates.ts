import { sha256 } from '../hash-chain.js';
import { readRateVersion } from '../rate-document.js';
import { rateVersionId, type RateBook, type RateVersion } from '../rate.js';
import type { Findings } from './difference.js';

/** A rate version as it is kept. */
export interface StoredRateVersion {
  readonly cardId: string;
  readonly version: number;
  readonly effectiveDate: string;
  readonly text: string;
  readonly hash: string;
}

/**
 * The rates to verify with. Where a text is not what its hash committed to, that is named here, once, and the entries are
 * held against the hash: so that a changed text shows as what it is and not as a break of every chain that names it.
 */
export function checkRates(stored: readonly StoredRateVersion[], findings: Findings): RateBook {
  const book = new Map<string, RateVersion>();
  for (const { cardId, version, effectiveDate, text, hash } of stored) {
    const id = rateVersionId(cardId, version);
    const at = `rate version ${id}`;
    const read = readable(text);
    if (read === null) {
      findings.differ(at, 'content', 'one that can be read', text.slice(0, 100));
      continue;
    }
    findings.same(at, 'hash of the content', hash, sha256(text));
    findings.same(at, 'card and version in the content', id, read.id);
    findings.same(at, 'effective date', read.effectiveDate, effectiveDate);
    book.set(id, { ...read, hash });
  }
  return book;
}

function readable(text: string): RateVersion | null {
  try {
    return readRateVersion(text);
  } catch {
    return null;
  }
}
