import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What licensees are told of (s.3, SPEC 14): which breaks touch a balance, which of them were told when found and when
 * resolved, and which privacy notices were announced to whom. Locks `break` for as long as it takes to write its rows anew:
 * there are few, and nothing of the write path waits for them but an entry that finds a break.
 */
export class ToldBreaks1790000052000 implements MigrationInterface {
  readonly name = 'ToldBreaks1790000052000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE break
        -- Its licensee is told of it. The kinds are those of TOUCHES_BALANCE in the domain.
        ADD COLUMN touches_balance boolean NOT NULL GENERATED ALWAYS AS (account_id IS NOT NULL AND kind IN (
          'payment-reversed', 'return-to-refunded-lot', 'ledger-difference', 'allocation-without-payment', 'allocation-missing',
          'allocation-unexpected', 'allocation-differs', 'usage-missing', 'usage-different', 'usage-debited-twice', 'usage-not-in-file')) STORED,
        -- Business time of the event that told it; null: not told yet.
        ADD COLUMN found_told_at timestamptz(3),
        ADD COLUMN resolution_told_at timestamptz(3);

      DROP TRIGGER resolved_is_resolved ON break;
      -- What was resolved before anybody was told is no news.
      UPDATE break SET found_told_at = resolved_at, resolution_told_at = resolved_at WHERE resolved_at IS NOT NULL;
      -- Of what is resolved only that it was told may still be noted.
      CREATE OR REPLACE FUNCTION resolved_is_resolved() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
          noted constant text[] := '{found_told_at,resolution_told_at,touches_balance}';
        BEGIN
          IF to_jsonb(NEW) - noted IS DISTINCT FROM to_jsonb(OLD) - noted THEN
            RAISE EXCEPTION 'break % is resolved', OLD.break_id USING ERRCODE = 'insufficient_privilege';
          END IF;
          RETURN NEW;
        END $$;
      CREATE TRIGGER resolved_is_resolved BEFORE UPDATE ON break
        FOR EACH ROW WHEN (OLD.resolved_at IS NOT NULL) EXECUTE FUNCTION resolved_is_resolved();
      CREATE INDEX break_untold ON break (account_id)
        WHERE touches_balance AND (found_told_at IS NULL OR (resolved_at IS NOT NULL AND resolution_told_at IS NULL));

      -- A version of the privacy notice was announced to a licensee, with the events of that transaction.
      CREATE TABLE privacy_announcement (
        version integer NOT NULL REFERENCES privacy_notice,
        licensee_id text COLLATE "C" NOT NULL REFERENCES licensee,
        announcement_id text COLLATE "C" NOT NULL,
        at timestamptz(3) NOT NULL,
        PRIMARY KEY (version, licensee_id)
      );
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON privacy_announcement FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      GRANT UPDATE (found_told_at, resolution_told_at) ON break TO credits_writer;
      GRANT SELECT ON privacy_announcement TO credits_writer, credits_reader;
      GRANT INSERT ON privacy_announcement TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
