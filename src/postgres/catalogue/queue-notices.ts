import type { DataSource } from 'typeorm';

/**
 * Puts the notices that have reached a licensee nowhere on their way to one contact, once more where they could not be
 * delivered to it: its address is verified now. The messages are those of the outbox, under the same ids.
 */
export async function queueUndeliveredNotices(database: DataSource, licenseeId: string, contactId: string): Promise<number> {
  const rows = await database.query<unknown[]>(
    `WITH queued AS (
       INSERT INTO delivery (account_id, seq, ordinal, target_kind, target_id, message_id)
       SELECT o.account_id, o.seq, o.ordinal, 'mail', $2, o.id
         FROM rate_notice AS n
         JOIN account AS a USING (account_id)
         JOIN outbox AS o ON o.account_id = n.account_id AND o.type = 'rates.announced' AND o.body -> 'data' ->> 'noticeId' = n.notice_id
        WHERE a.licensee_id = $1 AND n.delivered_on IS NULL AND NOT n.withdrawn
       ON CONFLICT (account_id, seq, ordinal, target_kind, target_id)
       DO UPDATE SET state = 'pending', next_attempt_at = clock_timestamp(), settled_at = NULL WHERE delivery.state <> 'pending'
       RETURNING 1
     ) SELECT * FROM queued`,
    [licenseeId, contactId],
  );
  return rows.length;
}
