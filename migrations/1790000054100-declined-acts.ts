import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An act that waits for a second operator can be declined, with a reason: nobody confirms it any more. Columns without
 * defaults: the table is locked for a moment and not rewritten.
 */
export class DeclinedActs1790000054100 implements MigrationInterface {
  readonly name = 'DeclinedActs1790000054100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE pending_act
        ADD COLUMN declined_by text,
        ADD COLUMN declined_at timestamptz(3),
        ADD COLUMN declined_reason text,
        ADD CONSTRAINT declined_whole CHECK ((declined_by IS NULL) = (declined_at IS NULL) AND (declined_by IS NULL) = (declined_reason IS NULL)),
        ADD CONSTRAINT declined_or_confirmed CHECK (declined_by IS NULL OR confirmed_by IS NULL);
      GRANT UPDATE (declined_by, declined_at, declined_reason) ON pending_act TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
