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

      -- The lot of another account that a consented transfer took the credits from (P7). It keeps its purchase, so a purchase
      -- has one lot among those that were issued here.
      ALTER TABLE lot
        ADD COLUMN source_account_id text COLLATE "C",
        ADD COLUMN source_lot_id bigint,
        ADD CONSTRAINT lot_source_is_whole CHECK ((source_account_id IS NULL) = (source_lot_id IS NULL));
      DROP INDEX lot_of_purchase;
      CREATE UNIQUE INDEX lot_of_purchase ON lot (account_id, purchase_id) WHERE purchase_id IS NOT NULL AND source_account_id IS NULL;

      -- Adjustments count towards a limit over thirty days. Only they are in it, so a debit does not pay for it. Building it
      -- keeps entries from being written for as long as one pass over them takes.
      CREATE INDEX entry_adjustments ON entry (account_id, recorded_at) WHERE type = 'adjustment';

      -- Which entries take from a debit or capture, or from what it left unfunded.
      DROP INDEX entry_reversals;
      CREATE INDEX entry_answers ON entry (account_id, cites) WHERE type IN ('reversal', 'settlement', 'waiver');

      -- Usage that no credit was there for: a record, never a debt (P6). A projection of the entries.
      CREATE TABLE unfunded_usage (
        account_id text COLLATE "C" NOT NULL,
        -- The debit or capture that recorded it.
        seq bigint NOT NULL,
        feature text NOT NULL,
        occurred_at timestamptz(3) NOT NULL,
        recorded_at timestamptz(3) NOT NULL,
        accounting_date date NOT NULL,
        credits numeric(38,9) NOT NULL CHECK (credits > 0),
        share numeric NOT NULL CHECK (share > 0 AND share <= 1),
        open_credits numeric(38,9) NOT NULL CHECK (open_credits >= 0 AND open_credits <= credits),
        open_share numeric NOT NULL CHECK (open_share >= 0 AND open_share <= share),
        state text NOT NULL CHECK (state IN ('open', 'settled', 'waived', 'reversed')),
        ended_seq bigint,
        PRIMARY KEY (account_id, seq),
        CONSTRAINT unfunded_until_ended CHECK ((state = 'open') = (ended_seq IS NULL) AND (state = 'open') = (open_share > 0))
      );
      CREATE INDEX unfunded_by_date ON unfunded_usage (account_id, accounting_date);

      -- An entry that is disputed (s.7): a record. A projection of the entries that opened and closed it.
      CREATE TABLE dispute (
        account_id text COLLATE "C" NOT NULL,
        dispute_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        disputed_seq bigint NOT NULL,
        claimant text NOT NULL CHECK (claimant IN ('licensee', 'kaltura')),
        aware_on date NOT NULL,
        notice_on date NOT NULL CHECK (notice_on >= aware_on),
        notice_in_time boolean NOT NULL,
        reference text NOT NULL,
        opened_at timestamptz(3) NOT NULL,
        outcome text CHECK (outcome IN ('upheld', 'rejected', 'settled', 'withdrawn')),
        closed_seq bigint,
        closed_at timestamptz(3),
        PRIMARY KEY (account_id, dispute_id),
        CONSTRAINT dispute_notice_days CHECK (notice_in_time = (notice_on <= aware_on + 10))
      );
      CREATE INDEX dispute_of_entry ON dispute (account_id, disputed_seq);

      -- The two halves of consented transfers (P7): what left an account, and what arrived. One without the other is a break.
      CREATE TABLE transfer (
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        key_digest bytea NOT NULL CHECK (octet_length(key_digest) = 16),
        lot_id bigint NOT NULL,
        to_account_id text COLLATE "C" NOT NULL CHECK (to_account_id <> account_id),
        credits numeric(38,9) NOT NULL CHECK (credits > 0),
        recorded_at timestamptz(3) NOT NULL,
        PRIMARY KEY (account_id, seq)
      );
      CREATE TABLE transfer_arrival (
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        key_digest bytea NOT NULL CHECK (octet_length(key_digest) = 16),
        from_account_id text COLLATE "C" NOT NULL CHECK (from_account_id <> account_id),
        from_seq bigint NOT NULL,
        credits numeric(38,9) NOT NULL CHECK (credits > 0),
        PRIMARY KEY (account_id, seq),
        -- What left once arrives once.
        CONSTRAINT arrives_once UNIQUE (account_id, from_account_id, from_seq)
      );
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_arrival FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      -- Acts that take two persons: one asks, another one confirms, and only then anything is booked.
      CREATE TABLE pending_act (
        act_id text COLLATE "C" PRIMARY KEY,
        account_id text COLLATE "C" NOT NULL REFERENCES account,
        kind text NOT NULL,
        request json NOT NULL,
        requested_by text NOT NULL,
        requested_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL CHECK (expires_at > requested_at),
        confirmed_by text,
        confirmed_at timestamptz(3),
        -- The entry that carried it out.
        seq bigint,
        CONSTRAINT two_persons CHECK (confirmed_by <> requested_by),
        CONSTRAINT confirmed_whole CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL) AND (seq IS NULL OR confirmed_by IS NOT NULL))
      );
      CREATE INDEX pending_act_of_account ON pending_act (account_id, requested_at);

      GRANT SELECT ON unfunded_usage, dispute, transfer, transfer_arrival, pending_act TO credits_writer, credits_reader;
      GRANT INSERT ON unfunded_usage, dispute, transfer, transfer_arrival, pending_act TO credits_writer;
      GRANT UPDATE (open_credits, open_share, state, ended_seq) ON unfunded_usage TO credits_writer;
      GRANT UPDATE (outcome, closed_seq, closed_at) ON dispute TO credits_writer;
      GRANT UPDATE (confirmed_by, confirmed_at, seq) ON pending_act TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
