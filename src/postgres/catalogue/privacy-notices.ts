import type { DataSource, EntityManager } from 'typeorm';

export const PRIVACY_CHANGES = ['first', 'substantial', 'minor', 'required-by-law'] as const;
export type PrivacyChange = (typeof PRIVACY_CHANGES)[number];

/** Days are calendar days in UTC. */
export interface PrivacyNotice {
  readonly version: number;
  readonly text: string;
  /** SHA-256, hex. */
  readonly textHash: string;
  readonly change: PrivacyChange;
  readonly announcedOn: string;
  readonly effectiveOn: string;
}

/** Two that publish at the same time take turns. */
export async function nextPrivacyVersion(manager: EntityManager): Promise<number> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('privacy-notice', 0))`);
  const [row] = await manager.query<{ next: number }[]>('SELECT coalesce(max(version), 0) + 1 AS next FROM privacy_notice');
  return row?.next ?? 1;
}

export async function insertPrivacyNotice(manager: EntityManager, notice: PrivacyNotice, publishedBy: string): Promise<void> {
  await manager.query(
    `INSERT INTO privacy_notice (version, content, text_hash, change, announced_on, effective_on, published_by) VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7)`,
    [notice.version, notice.text, notice.textHash, notice.change, notice.announcedOn, notice.effectiveOn, publishedBy],
  );
}

/** Newest first: those that are announced for later come before the one in force. */
export async function readPrivacyNotices(database: DataSource): Promise<PrivacyNotice[]> {
  return database.query<PrivacyNotice[]>(
    `SELECT version, content AS text, encode(text_hash, 'hex') AS "textHash", change, announced_on::text AS "announcedOn", effective_on::text AS "effectiveOn"
       FROM privacy_notice ORDER BY version DESC LIMIT 50`,
  );
}
