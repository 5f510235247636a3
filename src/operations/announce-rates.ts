import { shortDigest } from '../domain/hash-chain.js';
import { rateVersionId } from '../domain/rate.js';
import { canonicalJson } from '../domain/canonical-json.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';

export interface PublishedVersion {
  readonly cardId: string;
  readonly version: number;
  readonly effectiveDate: string;
  /** The words of the notice. */
  readonly text: string;
}

/** Tells one account of a published version, once, however often it is tried (P2). */
export function announceRates(ledger: Ledger, accountId: string, published: PublishedVersion): Promise<Verdict> {
  const { cardId, version, effectiveDate, text } = published;
  const edition = rateVersionId(cardId, version);
  return ledger.execute({
    type: 'announce-rates',
    accountId,
    actor: 'sys',
    keyDigest: shortDigest(`sys:announce:${edition}`),
    fingerprint: shortDigest(canonicalJson(['announce-rates', accountId, edition, effectiveDate, text])),
    noticeId: `rates.${edition}`,
    cardId,
    version,
    effectiveDate,
    text,
  });
}
