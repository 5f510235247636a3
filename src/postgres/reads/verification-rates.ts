import type { Client } from 'pg';
import type { StoredRateVersion } from '../../domain/verification/check-rates.js';

/** All rate versions, to the byte: there are few, and any entry may name any of them. */
export async function readRateVersions(client: Client): Promise<StoredRateVersion[]> {
  const { rows } = await client.query<StoredRateVersion>(
    `SELECT card_id AS "cardId", version, effective_date::text AS "effectiveDate", content::text AS text,
            encode(content_hash, 'hex') AS hash
       FROM rate_version ORDER BY card_id, version`,
  );
  return rows;
}

/** Those of some cards, without drafts: what is not published yet concerns nobody, and what concerns others is not theirs. */
export async function readPublishedRateVersions(client: Client, cards: readonly string[]): Promise<StoredRateVersion[]> {
  const { rows } = await client.query<StoredRateVersion>(
    `SELECT card_id AS "cardId", version, effective_date::text AS "effectiveDate", content::text AS text,
            encode(content_hash, 'hex') AS hash
       FROM rate_version WHERE card_id = ANY ($1) AND state <> 'draft' ORDER BY card_id, version`,
    [cards],
  );
  return rows;
}
