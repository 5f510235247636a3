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

const COLUMNS = `version, content AS text, encode(text_hash, 'hex') AS "textHash", change, announced_on::text AS "announcedOn", effective_on::text AS "effectiveOn"`;

/** Newest first: those that are announced for later come before the one in force. */
export async function readPrivacyNotices(database: DataSource): Promise<PrivacyNotice[]> {
  return database.query<PrivacyNotice[]>(
    `SELECT ${COLUMNS} FROM privacy_notice ORDER BY version DESC LIMIT 50`,
  );
}

/** One version, with its text; null: there is none. */
export async function readPrivacyNotice(database: DataSource, version: number): Promise<PrivacyNotice | null> {
  const [row] = await database.query<PrivacyNotice[]>(`SELECT ${COLUMNS} FROM privacy_notice WHERE version = $1`, [version]);
  return row ?? null;
}

/** A version that a licensee is still to be told of. */
export type Unannounced = Omit<PrivacyNotice, 'text'> & { readonly licenseeId: string };

/**
 * Licensees that were there when a version was published, or came before it applies, and were not told of it. Those without an
 * account have nobody to tell yet. `since`: versions that were published before it are left alone.
 */
export async function readUnannounced(database: DataSource, { today, since, limit }: { readonly today: string; readonly since: string; readonly limit: number }): Promise<Unannounced[]> {
  return database.query<Unannounced[]>(
    `SELECT l.licensee_id AS "licenseeId", v.version, encode(v.text_hash, 'hex') AS "textHash", v.change,
            v.announced_on::text AS "announcedOn", v.effective_on::text AS "effectiveOn"
       FROM privacy_notice AS v CROSS JOIN licensee AS l
      WHERE v.announced_on >= $2::date AND (v.effective_on >= $1::date OR (l.created_at AT TIME ZONE 'UTC')::date <= v.announced_on)
        AND EXISTS (SELECT FROM account AS a WHERE a.licensee_id = l.licensee_id)
        AND NOT EXISTS (SELECT FROM privacy_announcement AS p WHERE p.version = v.version AND p.licensee_id = l.licensee_id)
      ORDER BY v.version, l.licensee_id LIMIT $3`,
    [today, since, limit],
  );
}

/** Says whether nobody else has. `at`: business time in milliseconds. */
export async function insertAnnouncement(
  manager: EntityManager,
  { version, licenseeId, announcementId, at }: { readonly version: number; readonly licenseeId: string; readonly announcementId: string; readonly at: number },
): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    'INSERT INTO privacy_announcement (version, licensee_id, announcement_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1',
    [version, licenseeId, announcementId, new Date(at)],
  );
  return rows.length === 1;
}
