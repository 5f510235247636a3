import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Replenishment rules of licensees, and the proposals that they prepare (P5, P6). A proposal is a draft: it costs nothing, and
 * nothing but an admin's own act turns it into a purchase. New tables: nothing is locked.
 */
export class Proposals1790000006000 implements MigrationInterface {
  readonly name = 'Proposals1790000006000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE replenishment_rule (
        account_id text COLLATE "C" NOT NULL,
        rule_id text COLLATE "C" NOT NULL,
        -- Prepares a draft when the balance is at or below this.
        balance_at numeric(38,9) NOT NULL CHECK (balance_at >= 0),
        credits numeric(38,9) NOT NULL CHECK (credits > 0),
        created_at timestamptz(3) NOT NULL,
        created_by text NOT NULL,
        ended_at timestamptz(3),
        PRIMARY KEY (account_id, rule_id)
      );
      CREATE TABLE purchase_proposal (
        account_id text COLLATE "C" NOT NULL,
        proposal_id text COLLATE "C" NOT NULL,
        rule_id text COLLATE "C" NOT NULL,
        credits numeric(38,9) NOT NULL CHECK (credits > 0),
        balance numeric(38,9) NOT NULL,
        state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'confirmed', 'discarded')),
        created_at timestamptz(3) NOT NULL,
        resolved_at timestamptz(3),
        resolved_by text,
        purchase_id text COLLATE "C",
        PRIMARY KEY (account_id, proposal_id),
        CONSTRAINT confirmed_by_somebody CHECK (state <> 'confirmed' OR (purchase_id IS NOT NULL AND resolved_by IS NOT NULL))
      );
      -- A rule has one draft at a time.
      CREATE UNIQUE INDEX draft_of_rule ON purchase_proposal (account_id, rule_id) WHERE state = 'draft';

      GRANT SELECT ON replenishment_rule, purchase_proposal TO credits_writer, credits_reader;
      GRANT INSERT ON replenishment_rule, purchase_proposal TO credits_writer;
      GRANT UPDATE (ended_at) ON replenishment_rule TO credits_writer;
      GRANT UPDATE (state, resolved_at, resolved_by, purchase_id) ON purchase_proposal TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
