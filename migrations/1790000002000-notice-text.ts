import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The words of the notice belong to the published version: an account that signs an older one later is told in the same
 * words. A column without a default: no row is rewritten, the lock is held for an instant.
 */
export class NoticeText1790000002000 implements MigrationInterface {
  readonly name = 'NoticeText1790000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE rate_version ADD COLUMN notice_text text;
      GRANT UPDATE (notice_text) ON rate_version TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
