import type { DataSource, EntityManager } from 'typeorm';
import type { AnnouncedVersion } from '../../domain/contract.js';

export interface RateNotice extends AnnouncedVersion {
  readonly text: string;
}

/** Notices of rates to one account, oldest first. */
export async function readNotices(database: DataSource | EntityManager, accountId: string): Promise<RateNotice[]> {
  return database.query<RateNotice[]>(
    `SELECT notice_id AS "noticeId", card_id AS "cardId", version, effective_date::text AS "effectiveDate",
            announced_on::text AS "announcedOn", delivered_on::text AS "deliveredOn", deliveries, withdrawn, content AS text
       FROM rate_notice WHERE account_id = $1 ORDER BY announced_on, card_id, version`,
    [accountId],
  );
}
