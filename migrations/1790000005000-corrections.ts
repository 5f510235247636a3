import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Disputes, refunds and what else corrects an account. The new columns of `lot` have defaults, so its lock lasts a moment.
 */
export class Corrections1790000005000 implements MigrationInterface {
  readonly name = 'Corrections1790000005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- How a lot stands in a dispute of its payment, and the credits still to be frozen when they return (SPEC 7).
      ALTER TABLE lot
        ADD COLUMN condition text NOT NULL DEFAULT 'normal' CHECK (condition IN ('normal', 'frozen', 'refunded')),
        ADD COLUMN freeze_owed numeric(38,9) NOT NULL DEFAULT 0 CHECK (freeze_owed >= 0),
        ADD CONSTRAINT lot_owes_while_frozen CHECK (condition = 'frozen' OR freeze_owed = 0);
      GRANT UPDATE (condition, freeze_owed) ON lot TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
