import type { Client } from 'pg';
import { readRateVersion } from '../../domain/rate-document.js';
import { rateVersionId, type RateVersion } from '../../domain/rate.js';

/** A rate version as it is kept, and what is wrong with it. */
export interface StoredRateVersion {
  readonly id: string;
  /** Null: its text cannot be read. */
  readonly version: RateVersion | null;
  readonly storedHash: string;
  /** What its columns say besides the text. */
  readonly columnsAgree: boolean;
}

export async function readRateVersions(client: Client): Promise<StoredRateVersion[]> {
  const { rows } = await client.query<{ card_id: string; version: number; effective_date: string; content: string; hash: string }>(
    `SELECT card_id, version, effective_date::text, content::text, encode(content_hash, 'hex') AS hash
       FROM rate_version ORDER BY card_id, version`,
  );
  return rows.map((row) => {
    const version = readable(row.content);
    return {
      id: rateVersionId(row.card_id, row.version),
      version,
      storedHash: row.hash,
      columnsAgree: version?.cardId === row.card_id && version.version === row.version && version.effectiveDate === row.effective_date,
    };
  });
}

function readable(text: string): RateVersion | null {
  try {
    return readRateVersion(text);
  } catch {
    return null;
  }
}
