import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What an account did, counted per 1,024 entries, day, feature and type: burn by day and the filters of the ledger's page read
 * this instead of a million entries. It is folded out of the entries after they were written, so no debit pays for it.
 */
export class Activity1790000040100 implements MigrationInterface {
  readonly name = 'Activity1790000040100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE activity (
        account_id text COLLATE "C" NOT NULL,
        -- seq / 1024, rounded down.
        chunk bigint NOT NULL,
        -- The accounting date of the entries.
        day date NOT NULL,
        -- Empty: of no feature.
        feature text COLLATE "C" NOT NULL,
        type text COLLATE "C" NOT NULL,
        entries integer NOT NULL CHECK (entries > 0),
        credits numeric(38,9) NOT NULL CHECK (credits >= 0),
        unfunded numeric(38,9) NOT NULL CHECK (unfunded >= 0),
        PRIMARY KEY (account_id, chunk, day, feature, type)
      );
      -- Up to which entry it has been folded.
      CREATE TABLE activity_head (
        account_id text COLLATE "C" PRIMARY KEY,
        seq bigint NOT NULL CHECK (seq >= 0)
      );

      -- The entries of a hold. Debits are not in it. Building it keeps entries from being written for as long as one pass over
      -- them takes.
      CREATE INDEX entry_of_hold ON entry (account_id, subject, seq)
        WHERE type IN ('hold', 'hold-extended', 'hold-released', 'hold-expired', 'capture');

      GRANT SELECT, INSERT ON activity, activity_head TO credits_writer;
      GRANT UPDATE (entries, credits, unfunded) ON activity TO credits_writer;
      GRANT UPDATE (seq) ON activity_head TO credits_writer;
      GRANT SELECT ON activity, activity_head TO credits_reader;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
