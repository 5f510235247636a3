import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A published version can be taken back before it is in force: when, and why. Adding columns locks the table for a moment. */
export class RateWithdrawal1790000004100 implements MigrationInterface {
  readonly name = 'RateWithdrawal1790000004100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE rate_version
        ADD COLUMN withdrawn_at timestamptz(3),
        ADD COLUMN withdrawal_reason text,
        ADD CONSTRAINT withdrawn_whole CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL AND withdrawal_reason IS NOT NULL));
      GRANT UPDATE (withdrawn_at, withdrawal_reason) ON rate_version TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
