import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How much an account had consumed at some instants of the last days: what runway and unusual burn are reckoned from. A new
 * table; nothing is locked. It can be emptied at any time: forecasts begin anew then.
 */
export class BurnSamples1790000010200 implements MigrationInterface {
  readonly name = 'BurnSamples1790000010200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE burn_sample (
        account_id text COLLATE "C" NOT NULL,
        -- Business time.
        at timestamptz(3) NOT NULL,
        -- Credits consumed of all lots until then, less what was given back.
        consumed numeric(38,9) NOT NULL,
        PRIMARY KEY (account_id, at)
      );
      GRANT SELECT ON burn_sample TO credits_writer, credits_reader;
      GRANT INSERT, DELETE ON burn_sample TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
