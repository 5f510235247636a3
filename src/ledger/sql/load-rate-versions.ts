import type { LedgerConnection } from '../connection.js';
import { readRateVersion } from '../../domain/rate-document.js';
import type { RateVersion } from '../../domain/rate.js';
import { textArray } from './array-literal.js';

/** All versions of some cards, drafts included: they are immutable, and nothing uses one before its account was told of it. */
const RATE_VERSIONS = {
  name: 'load-rate-versions',
  text: 'SELECT content FROM rate_version WHERE card_id = ANY($1::text[])',
};

export async function loadRateVersions(connection: LedgerConnection, cards: Iterable<string>): Promise<RateVersion[]> {
  return (await connection.run(RATE_VERSIONS, [textArray(cards)])).map(([content]) => readRateVersion(content as string));
}
