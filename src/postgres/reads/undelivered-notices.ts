import type { DataSource, EntityManager } from 'typeorm';
import type { NoticeDelivery } from '../../domain/contract.js';

interface AccountNotice {
  readonly accountId: string;
  readonly noticeId: string;
}

/** Notices whose delivery to this contact still counts, over all accounts of its licensee. */
export async function readNoticesMailedTo(database: DataSource | EntityManager, licenseeId: string, contactId: string): Promise<AccountNotice[]> {
  const rows = await database.query<{ account_id: string; notice_id: string; deliveries: readonly NoticeDelivery[] }[]>(
    `SELECT n.account_id, n.notice_id, n.deliveries FROM rate_notice AS n JOIN account AS a USING (account_id)
      WHERE a.licensee_id = $1 AND NOT n.withdrawn ORDER BY n.account_id, n.notice_id`,
    [licenseeId],
  );
  return rows
    .filter(({ deliveries }) => deliveries.some((delivery) => delivery.contactId === contactId && delivery.bouncedBy === null))
    .map((row) => ({ accountId: row.account_id, noticeId: row.notice_id }));
}

/** Every account of a licensee, in order of their ids. */
export async function readAccountsOfLicensee(database: DataSource | EntityManager, licenseeId: string): Promise<string[]> {
  const rows = await database.query<{ account_id: string }[]>('SELECT account_id FROM account WHERE licensee_id = $1 ORDER BY account_id', [licenseeId]);
  return rows.map((row) => row.account_id);
}
