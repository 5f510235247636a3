import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Holds, standing and what falls due. The new columns of small tables get a default, so each lock lasts a moment; `purchase`
 * is rewritten by nothing.
 */
export class ContractInForce1790000003000 implements MigrationInterface {
  readonly name = 'ContractInForce1790000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What the status follows from, canonical JSON; and when something falls due at the earliest (never too late).
      ALTER TABLE account_state
        ADD COLUMN standing json NOT NULL DEFAULT '{"closed":false,"credit":"active","operator":null,"term":"running"}',
        -- Accounts that are there are looked at when they are next touched.
        ADD COLUMN due_at timestamptz(3) DEFAULT '1970-01-01T00:00:00Z';
      ALTER TABLE account_state ALTER COLUMN due_at DROP DEFAULT;
      UPDATE account_state SET standing = format('{"closed":false,"credit":"%s","operator":null,"term":"running"}', status)::json
       WHERE status <> 'active';
      CREATE INDEX account_due ON account_state (due_at) WHERE due_at IS NOT NULL;

      ALTER TABLE purchase ADD COLUMN payment_due_at timestamptz(3) NOT NULL DEFAULT 'infinity';
      CREATE INDEX purchase_due ON purchase (account_id, payment_due_at) WHERE state IN ('awaiting_payment', 'partially_paid');

      CREATE INDEX lot_ends ON lot (account_id, valid_until) WHERE open AND valid_until IS NOT NULL;
      CREATE INDEX lot_lapsed ON lot (account_id) WHERE lapsed > 0;

      -- Credits set aside for actions under way: a projection of the entries that name the hold.
      CREATE TABLE hold (
        account_id text COLLATE "C" NOT NULL,
        hold_id text COLLATE "C" NOT NULL,
        state text NOT NULL CHECK (state IN ('open', 'captured', 'released', 'expired')),
        feature text NOT NULL,
        billing text NOT NULL CHECK (billing IN ('credits', 'trial', 'subscription')),
        placed_seq bigint NOT NULL,
        placed_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        max_capture numeric(38,9),
        -- [{lotId, rateVersion, held}], in burn order of the moment it was placed.
        legs json NOT NULL,
        usage json NOT NULL,
        captured numeric(38,9) NOT NULL CHECK (captured >= 0),
        PRIMARY KEY (account_id, hold_id)
      ) WITH (fillfactor = 70);
      -- Open holds by expiry: a debit on an account with thousands of them reads none, a sweep only those that are due.
      CREATE INDEX hold_expiry ON hold (account_id, expires_at) WHERE state = 'open';

      GRANT SELECT ON hold TO credits_writer, credits_reader;
      GRANT INSERT ON hold TO credits_writer;
      GRANT UPDATE (state, expires_at, legs, usage, captured) ON hold TO credits_writer;
      GRANT UPDATE (standing, due_at) ON account_state TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
