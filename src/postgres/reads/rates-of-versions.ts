import type { DataSource } from 'typeorm';
import type { RateVersionDocument } from '../../domain/rate-document.js';

export interface RatesOfVersion {
  /** `card@version`. */
  readonly rateVersion: string;
  readonly effectiveDate: string;
  readonly features: RateVersionDocument['features'];
}

/** The rates of these versions, each once, in order of their ids. They never change. */
export async function readRatesOf(database: DataSource, rateVersions: readonly string[]): Promise<RatesOfVersion[]> {
  const ids = [...new Set(rateVersions)].sort();
  const rows = await database.query<{ id: string; effective_date: string; content: RateVersionDocument }[]>(
    `SELECT n.id, v.effective_date::text, v.content
       FROM unnest($1::text[], $2::text[], $3::integer[]) AS n (id, card_id, version)
       JOIN rate_version AS v ON v.card_id = n.card_id AND v.version = n.version ORDER BY n.id COLLATE "C"`,
    [ids, ids.map((id) => id.slice(0, id.lastIndexOf('@'))), ids.map((id) => Number(id.slice(id.lastIndexOf('@') + 1)))],
  );
  return rows.map(({ id, effective_date, content }) => ({ rateVersion: id, effectiveDate: effective_date, features: content.features }));
}
