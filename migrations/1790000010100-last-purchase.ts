import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The last purchase of an account that was allocated: what thresholds that are a share of it follow. A projection of the
 * entries. A new table, filled once from the lots; nothing is locked but for reading.
 */
export class LastPurchase1790000010100 implements MigrationInterface {
  readonly name = 'LastPurchase1790000010100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE last_purchase (
        account_id text COLLATE "C" PRIMARY KEY,
        seq bigint NOT NULL,
        credits numeric(38,9) NOT NULL CHECK (credits > 0)
      );
      INSERT INTO last_purchase (account_id, seq, credits)
        SELECT DISTINCT ON (account_id) account_id, lot_id, issued FROM lot
         WHERE kind = 'purchase' AND source_account_id IS NULL ORDER BY account_id, lot_id DESC;
      GRANT SELECT ON last_purchase TO credits_writer, credits_reader;
      GRANT INSERT ON last_purchase TO credits_writer;
      GRANT UPDATE (seq, credits) ON last_purchase TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
