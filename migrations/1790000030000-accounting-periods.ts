import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which accounting periods of an account are closed (SPEC 13): a projection of the entries that closed and reopened them. A new table. */
export class AccountingPeriods1790000030000 implements MigrationInterface {
  readonly name = 'AccountingPeriods1790000030000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE accounting_period (
        account_id text COLLATE "C" NOT NULL,
        -- The entry that closed it.
        closed_seq bigint NOT NULL,
        -- Its last day, in the account's calendar. It begins the day after the one before, the first one with the Term.
        through date NOT NULL,
        closed_at timestamptz(3) NOT NULL,
        reopened_seq bigint CHECK (reopened_seq > closed_seq),
        reopened_at timestamptz(3),
        PRIMARY KEY (account_id, closed_seq),
        CONSTRAINT reopened_whole CHECK ((reopened_seq IS NULL) = (reopened_at IS NULL))
      );
      CREATE UNIQUE INDEX period_closed_once ON accounting_period (account_id, through) WHERE reopened_seq IS NULL;

      GRANT SELECT ON accounting_period TO credits_writer, credits_reader;
      GRANT INSERT ON accounting_period TO credits_writer;
      GRANT UPDATE (reopened_seq, reopened_at) ON accounting_period TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
