import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What shows that a notice was delivered, and whether it still counts (P2). The column has a default, so the table is not
 * rewritten. Notices that were acknowledged before get their evidence out of the entries, which are read once, unlocked.
 */
export class NoticeDeliveries1790000011000 implements MigrationInterface {
  readonly name = 'NoticeDeliveries1790000011000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- [{seq, means, on, contactId, bouncedBy}], in order of seq: a projection of the entries.
      ALTER TABLE rate_notice ADD COLUMN deliveries json NOT NULL DEFAULT '[]';
      UPDATE rate_notice AS n
         SET deliveries = json_build_array(json_build_object(
           'seq', e.seq, 'means', 'acknowledged', 'on', n.delivered_on::text, 'contactId', NULL, 'bouncedBy', NULL))
        FROM (SELECT account_id, subject, min(seq) AS seq FROM entry WHERE type = 'notice-delivered' GROUP BY account_id, subject) AS e
       WHERE n.delivered_on IS NOT NULL AND e.account_id = n.account_id AND e.subject = n.notice_id;
      GRANT UPDATE (deliveries) ON rate_notice TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
