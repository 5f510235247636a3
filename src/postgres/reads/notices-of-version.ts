import type { DataSource } from 'typeorm';
import type { AnnouncedVersion } from '../../domain/contract.js';

/** How far the notice of a version has come for one account that the version concerns. */
export interface NoticeForAccount {
  readonly accountId: string;
  readonly licenseeId: string;
  readonly legalName: string;
  /** Null: this account has not been told. */
  readonly notice: AnnouncedVersion | null;
}

export interface NoticesOfVersion {
  /** Of all accounts that the version concerns. */
  readonly counts: { readonly accounts: number; readonly told: number; readonly delivered: number };
  readonly items: readonly NoticeForAccount[];
}

interface Row {
  readonly account_id: string;
  readonly licensee_id: string;
  readonly legal_name: string;
  readonly notice: AnnouncedVersion | null;
  readonly accounts: string;
  readonly told: string;
  readonly delivered: string;
}

const LISTED = 500;

/**
 * Every account whose order forms name an older version of the card, or that was told of this one: those whose thirty days have
 * not begun first, then by id, at most 500.
 */
export async function readNoticeForAccounts(database: DataSource, cardId: string, version: number): Promise<NoticesOfVersion> {
  const rows = await database.query<Row[]>(
    `SELECT x.account_id, l.licensee_id, l.legal_name,
            CASE WHEN n.notice_id IS NULL THEN NULL ELSE json_build_object(
              'noticeId', n.notice_id, 'cardId', n.card_id, 'version', n.version, 'effectiveDate', n.effective_date::text, 'announcedOn', n.announced_on::text,
              'deliveredOn', n.delivered_on::text, 'deliveries', n.deliveries, 'withdrawn', n.withdrawn) END AS notice,
            count(*) OVER () AS accounts, count(n.notice_id) OVER () AS told, count(n.delivered_on) OVER () AS delivered
       FROM (SELECT account_id FROM order_form WHERE card_id = $1 AND (document ->> 'rateVersion')::integer < $2
             UNION SELECT account_id FROM rate_notice WHERE card_id = $1 AND version = $2) AS x
       JOIN account AS a USING (account_id) JOIN licensee AS l USING (licensee_id)
       LEFT JOIN rate_notice AS n ON n.account_id = x.account_id AND n.card_id = $1 AND n.version = $2
      ORDER BY n.delivered_on IS NOT NULL, x.account_id LIMIT ${LISTED}`,
    [cardId, version],
  );
  const [first] = rows;
  return {
    counts: { accounts: Number(first?.accounts ?? 0), told: Number(first?.told ?? 0), delivered: Number(first?.delivered ?? 0) },
    items: rows.map((row) => ({ accountId: row.account_id, licenseeId: row.licensee_id, legalName: row.legal_name, notice: row.notice })),
  };
}
