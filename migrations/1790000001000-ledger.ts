import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ledger. `account_id` leads every key, so that all of it can be distributed by account; entries and postings carry
 * no foreign keys (they double the cost of a debit; the verifier proves the references) and can only be inserted.
 */
export class Ledger1790000001000 implements MigrationInterface {
  readonly name = 'Ledger1790000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TYPE bucket AS ENUM ('issued', 'available', 'held', 'consumed', 'lapsed', 'frozen', 'withdrawn', 'transferred');

      -- One row an account: the lock of its ledger, and its head. A projection of the entries.
      CREATE TABLE account_state (
        account_id text COLLATE "C" PRIMARY KEY,
        seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
        head_hash bytea NOT NULL CHECK (octet_length(head_hash) = 32),
        last_recorded_at timestamptz(3) NOT NULL,
        available numeric(38,9) NOT NULL DEFAULT 0 CHECK (available >= 0),
        held numeric(38,9) NOT NULL DEFAULT 0 CHECK (held >= 0),
        status text NOT NULL DEFAULT 'active'
          CHECK (status IN ('active', 'limited', 'suspended', 'term_ended', 'closed')),
        -- Raised by every change of what decisions read besides balances and lots: order forms, notices.
        config_version bigint NOT NULL DEFAULT 0
      ) WITH (fillfactor = 40);

      -- The credits of one purchase or grant. Its terms never change; its buckets are a projection of the postings.
      CREATE TABLE lot (
        account_id text COLLATE "C" NOT NULL,
        lot_id bigint NOT NULL,
        kind text NOT NULL CHECK (kind IN ('purchase', 'trial', 'promotional', 'adjustment')),
        card_id text COLLATE "C" NOT NULL,
        rate_version text COLLATE "C" NOT NULL,
        unit_price numeric(38,12) CHECK (unit_price >= 0),
        currency text,
        purchase_id text COLLATE "C",
        order_form_id text COLLATE "C" NOT NULL,
        allocated_at timestamptz(3) NOT NULL,
        valid_until timestamptz(3),
        priority smallint NOT NULL,
        open boolean NOT NULL,
        issued numeric(38,9) NOT NULL,
        available numeric(38,9) NOT NULL CHECK (available >= 0),
        held numeric(38,9) NOT NULL CHECK (held >= 0),
        consumed numeric(38,9) NOT NULL CHECK (consumed >= 0),
        lapsed numeric(38,9) NOT NULL CHECK (lapsed >= 0),
        frozen numeric(38,9) NOT NULL CHECK (frozen >= 0),
        withdrawn numeric(38,9) NOT NULL CHECK (withdrawn >= 0),
        transferred numeric(38,9) NOT NULL CHECK (transferred >= 0),
        PRIMARY KEY (account_id, lot_id),
        CONSTRAINT lot_is_whole CHECK (issued = available + held + consumed + lapsed + frozen + withdrawn + transferred),
        CONSTRAINT lot_was_paid CHECK (kind <> 'purchase' OR (purchase_id IS NOT NULL AND unit_price IS NOT NULL AND currency IS NOT NULL))
      ) WITH (fillfactor = 40);
      -- A purchase is allocated once (P3).
      CREATE UNIQUE INDEX lot_of_purchase ON lot (account_id, purchase_id) WHERE purchase_id IS NOT NULL;
      -- The order in which lots burn. No amount is in it, so that a debit's update of a lot stays HOT.
      CREATE INDEX lot_burn_order ON lot (account_id, priority, valid_until, allocated_at, lot_id) WHERE open;

      CREATE TABLE entry (
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        hash_version smallint NOT NULL,
        type text NOT NULL,
        occurred_at timestamptz(3) NOT NULL,
        recorded_at timestamptz(3) NOT NULL,
        accounting_date date NOT NULL,
        key_digest bytea CHECK (octet_length(key_digest) = 16),
        fingerprint bytea,
        actor text NOT NULL,
        feature text,
        subject text COLLATE "C",
        cites bigint,
        credits numeric(38,9) NOT NULL CHECK (credits >= 0),
        unfunded numeric(38,9) CHECK (unfunded > 0),
        rate_version text COLLATE "C",
        end_user bytea,
        metadata_hash bytea,
        -- json, not jsonb: the text is kept to the byte, because the hash covers it.
        detail json NOT NULL,
        available_after numeric(38,9) NOT NULL,
        held_after numeric(38,9) NOT NULL,
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        PRIMARY KEY (account_id, seq),
        CONSTRAINT entry_key UNIQUE (account_id, key_digest)
      );

      CREATE TABLE posting (
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        line smallint NOT NULL,
        lot_id bigint NOT NULL,
        from_bucket bucket NOT NULL,
        to_bucket bucket NOT NULL CHECK (to_bucket <> from_bucket AND to_bucket <> 'issued'),
        credits numeric(38,9) NOT NULL CHECK (credits > 0),
        rate_version text COLLATE "C",
        share numeric,
        lot_available_after numeric(38,9) NOT NULL,
        lot_held_after numeric(38,9) NOT NULL,
        PRIMARY KEY (account_id, seq, line)
      );

      -- Which reversals cite a debit. Only a reversal is in it, so a debit does not pay for it.
      CREATE INDEX entry_reversals ON entry (account_id, cites) WHERE type = 'reversal';

      -- Free metadata of a caller, apart from the entry, which commits to it by a salted hash (SPEC 14).
      CREATE TABLE entry_metadata (
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        salt text NOT NULL,
        content json NOT NULL,
        PRIMARY KEY (account_id, seq)
      );

      -- Signed documents, as they were submitted.
      CREATE TABLE order_form (
        account_id text COLLATE "C" NOT NULL,
        order_form_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        number text NOT NULL,
        card_id text COLLATE "C" NOT NULL,
        signed_at timestamptz(3) NOT NULL,
        document json NOT NULL,
        PRIMARY KEY (account_id, order_form_id),
        UNIQUE (account_id, number)
      );
      CREATE INDEX order_form_of_card ON order_form (card_id, account_id);

      -- A published version on its way to one account. Its thirty days begin with delivery (P2).
      CREATE TABLE rate_notice (
        account_id text COLLATE "C" NOT NULL,
        notice_id text COLLATE "C" NOT NULL,
        card_id text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        effective_date date NOT NULL,
        announced_on date NOT NULL,
        content text NOT NULL,
        delivered_on date,
        withdrawn boolean NOT NULL DEFAULT false,
        PRIMARY KEY (account_id, notice_id),
        UNIQUE (account_id, card_id, version),
        CONSTRAINT thirty_days_notice CHECK (effective_date >= announced_on + 30)
      );

      CREATE TABLE purchase (
        account_id text COLLATE "C" NOT NULL,
        purchase_id text COLLATE "C" NOT NULL,
        order_form_id text COLLATE "C" NOT NULL,
        placed_by text NOT NULL CHECK (placed_by IN ('order-form', 'account')),
        credits numeric(38,9) NOT NULL CHECK (credits > 0),
        unit_price numeric(38,12) NOT NULL CHECK (unit_price >= 0),
        currency text NOT NULL,
        price numeric NOT NULL CHECK (price >= 0),
        tax numeric NOT NULL CHECK (tax >= 0),
        card_id text COLLATE "C" NOT NULL,
        rate_version text COLLATE "C" NOT NULL,
        purchased_at timestamptz(3) NOT NULL,
        state text NOT NULL
          CHECK (state IN ('awaiting_payment', 'partially_paid', 'allocated', 'overdue', 'lapsed', 'voided')),
        paid numeric NOT NULL CHECK (paid >= 0),
        PRIMARY KEY (account_id, purchase_id),
        CONSTRAINT allocated_when_paid CHECK (state <> 'allocated' OR paid >= price + tax)
      );

      -- Money received. The provider's transaction id is unique over all accounts.
      CREATE TABLE payment (
        provider text COLLATE "C" NOT NULL,
        provider_payment_id text COLLATE "C" NOT NULL,
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        purchase_id text COLLATE "C" NOT NULL,
        amount numeric NOT NULL CHECK (amount > 0),
        currency text NOT NULL,
        received_at timestamptz(3) NOT NULL,
        CONSTRAINT payment_of_provider PRIMARY KEY (provider, provider_payment_id)
      );
      CREATE INDEX payment_of_purchase ON payment (account_id, purchase_id);

      -- Second line of defence behind the missing rights: what is on record stays as it is, whoever asks.
      CREATE FUNCTION insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$;
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_form FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      GRANT SELECT ON account_state, lot, entry, posting, entry_metadata, order_form, rate_notice, purchase, payment
        TO credits_writer, credits_reader;
      GRANT INSERT ON account_state, lot, entry, posting, entry_metadata, order_form, rate_notice, purchase, payment TO credits_writer;
      GRANT UPDATE (seq, head_hash, last_recorded_at, available, held, status, config_version) ON account_state TO credits_writer;
      GRANT UPDATE (priority, open, issued, available, held, consumed, lapsed, frozen, withdrawn, transferred) ON lot TO credits_writer;
      GRANT UPDATE (delivered_on, withdrawn) ON rate_notice TO credits_writer;
      GRANT UPDATE (state, paid) ON purchase TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
