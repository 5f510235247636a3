import type { DataSource, EntityManager } from 'typeorm';

/** An account that a version of a card concerns, and has not been told of it yet. */
export interface ConcernedAccount {
  readonly accountId: string;
  /** In which its calendar days are counted: that of its latest signed order form. */
  readonly timeZone: string;
}

/** Accounts whose order forms name an older version of the card, less those that have a notice of this one. */
export async function readAccountsToTell(
  database: DataSource | EntityManager,
  cardId: string,
  version: number,
): Promise<ConcernedAccount[]> {
  const rows = await database.query<{ account_id: string; time_zone: string }[]>(
    `SELECT f.account_id,
            (SELECT l.document ->> 'timeZone' FROM order_form AS l WHERE l.account_id = f.account_id ORDER BY l.seq DESC LIMIT 1) AS time_zone
       FROM (SELECT DISTINCT account_id FROM order_form WHERE card_id = $1 AND (document ->> 'rateVersion')::integer < $2) AS f
      WHERE NOT EXISTS (
        SELECT 1 FROM rate_notice AS n WHERE n.account_id = f.account_id AND n.card_id = $1 AND n.version = $2)
      ORDER BY f.account_id`,
    [cardId, version],
  );
  return rows.map((row) => ({ accountId: row.account_id, timeZone: row.time_zone }));
}

/** A notice of a version, as far as it has come for an account, with the zone that its calendar days are counted in. */
export interface NoticeOfVersion {
  readonly accountId: string;
  readonly noticeId: string;
  readonly timeZone: string;
  readonly effectiveDate: string;
  readonly deliveredOn: string | null;
  readonly withdrawn: boolean;
}

export async function readNoticesOfVersion(database: DataSource | EntityManager, cardId: string, version: number): Promise<NoticeOfVersion[]> {
  return database.query<NoticeOfVersion[]>(
    `SELECT n.account_id AS "accountId", n.notice_id AS "noticeId", n.effective_date::text AS "effectiveDate", n.delivered_on::text AS "deliveredOn", n.withdrawn,
            (SELECT l.document ->> 'timeZone' FROM order_form AS l WHERE l.account_id = n.account_id ORDER BY l.seq DESC LIMIT 1) AS "timeZone"
       FROM rate_notice AS n WHERE n.card_id = $1 AND n.version = $2 ORDER BY n.account_id`,
    [cardId, version],
  );
}

/** Whether an order form was signed at a version: for its purchases it is in force from the start. */
export async function isSignedFor(database: DataSource | EntityManager, cardId: string, version: number): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    `SELECT 1 FROM order_form WHERE card_id = $1 AND (document ->> 'rateVersion')::integer = $2 LIMIT 1`,
    [cardId, version],
  );
  return rows.length === 1;
}

/** Published versions, with their words, that an account with an older one of the card has not been told of. */
export async function readVersionsToTell(
  database: DataSource | EntityManager,
  accountId: string,
  cardId: string,
  after: number,
): Promise<{ version: number; effectiveDate: string; text: string }[]> {
  return database.query(
    `SELECT version, effective_date::text AS "effectiveDate", notice_text AS text
       FROM rate_version AS v
      WHERE card_id = $2 AND version > $3 AND state = 'published' AND notice_text IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM rate_notice AS n WHERE n.account_id = $1 AND n.card_id = $2 AND n.version = v.version)
      ORDER BY version`,
    [accountId, cardId, after],
  );
}
