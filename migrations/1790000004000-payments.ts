import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Prices in versions, quotes, money that was received or taken back whatever it is for, and breaks. The new columns of
 * `purchase` and `payment` have defaults, so their locks last a moment; checking the new constraints reads each purchase once.
 */
export class Payments1790000004000 implements MigrationInterface {
  readonly name = 'Payments1790000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The price list of a card: what a credit costs in a currency from a day on (P4, "then-current prices"). In every zone that
      -- day is still to come when the version is made, so that what was current at an instant never changes afterwards.
      CREATE TABLE price_version (
        card_id text COLLATE "C" NOT NULL REFERENCES rate_card,
        currency text COLLATE "C" NOT NULL,
        version integer NOT NULL CHECK (version > 0),
        effective_date date NOT NULL,
        unit_price numeric(38,12) NOT NULL CHECK (unit_price > 0),
        created_at timestamptz(3) NOT NULL,
        created_by text NOT NULL,
        PRIMARY KEY (card_id, currency, version),
        CONSTRAINT price_in_advance CHECK (effective_date >= (created_at AT TIME ZONE 'UTC')::date + 2)
      );

      -- What a purchase was offered at. Placed as it stands until it expires, never repriced; the purchase has the quote's id.
      CREATE TABLE purchase_quote (
        account_id text COLLATE "C" NOT NULL,
        quote_id text COLLATE "C" NOT NULL,
        order_form_id text COLLATE "C" NOT NULL,
        credits numeric(38,9) NOT NULL CHECK (credits > 0),
        unit_price numeric(38,12) NOT NULL CHECK (unit_price >= 0),
        price_version text COLLATE "C",
        currency text NOT NULL,
        price numeric NOT NULL CHECK (price > 0),
        tax numeric NOT NULL CHECK (tax >= 0),
        card_id text COLLATE "C" NOT NULL,
        rate_version text COLLATE "C" NOT NULL,
        quoted_at timestamptz(3) NOT NULL,
        quoted_by text NOT NULL,
        expires_at timestamptz(3) NOT NULL CHECK (expires_at > quoted_at),
        PRIMARY KEY (account_id, quote_id)
      );

      ALTER TABLE purchase
        ADD COLUMN price_version text COLLATE "C",
        -- What counts as paid besides money: tax withheld under a certificate, and a small shortfall that finance wrote off.
        ADD COLUMN withheld numeric NOT NULL DEFAULT 0 CHECK (withheld >= 0),
        ADD COLUMN written_off numeric NOT NULL DEFAULT 0 CHECK (written_off >= 0),
        -- Of what was paid, what the bank took back after the allocation.
        ADD COLUMN reversed numeric NOT NULL DEFAULT 0 CHECK (reversed >= 0 AND reversed <= paid),
        DROP CONSTRAINT allocated_when_paid,
        ADD CONSTRAINT allocated_when_paid CHECK (state <> 'allocated' OR paid + withheld + written_off >= price + tax),
        ADD CONSTRAINT allocated_for_money CHECK (state <> 'allocated' OR paid > 0),
        ADD CONSTRAINT voided_without_money CHECK (state <> 'voided' OR paid + withheld = 0);
      GRANT UPDATE (withheld, written_off, reversed) ON purchase TO credits_writer;

      -- What of a payment was more than what was owed.
      ALTER TABLE payment ADD COLUMN excess numeric NOT NULL DEFAULT 0 CHECK (excess >= 0 AND excess < amount);

      -- Money that the bank took back, as an account has booked it.
      CREATE TABLE payment_reversal (
        provider text COLLATE "C" NOT NULL,
        reversal_id text COLLATE "C" NOT NULL,
        provider_payment_id text COLLATE "C" NOT NULL,
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        purchase_id text COLLATE "C" NOT NULL,
        amount numeric NOT NULL CHECK (amount > 0),
        currency text NOT NULL,
        reversed_at timestamptz(3) NOT NULL,
        CONSTRAINT reversal_of_provider PRIMARY KEY (provider, reversal_id)
      );
      CREATE INDEX reversal_of_payment ON payment_reversal (provider, provider_payment_id);
      CREATE INDEX reversal_of_account ON payment_reversal (account_id, seq);

      -- Money as it was reported, before anything is known of what it is for: of each transaction the first report. What has a
      -- row here and none in payment (or payment_reversal) is outside every account.
      CREATE TABLE payment_receipt (
        provider text COLLATE "C" NOT NULL,
        provider_payment_id text COLLATE "C" NOT NULL,
        amount numeric NOT NULL CHECK (amount > 0),
        currency text NOT NULL,
        received_at timestamptz(3) NOT NULL,
        -- As whoever reported it said; not checked against anything.
        account_id text COLLATE "C",
        purchase_id text COLLATE "C",
        reported_by text NOT NULL,
        reported_at timestamptz(3) NOT NULL,
        key_digest bytea NOT NULL CHECK (octet_length(key_digest) = 16),
        fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 16),
        PRIMARY KEY (provider, provider_payment_id)
      );
      CREATE UNIQUE INDEX payment_receipt_key ON payment_receipt (coalesce(account_id, ''), key_digest);
      CREATE INDEX payment_receipt_time ON payment_receipt (reported_at);
      CREATE TABLE reversal_receipt (
        provider text COLLATE "C" NOT NULL,
        reversal_id text COLLATE "C" NOT NULL,
        provider_payment_id text COLLATE "C" NOT NULL,
        amount numeric NOT NULL CHECK (amount > 0),
        currency text NOT NULL,
        reversed_at timestamptz(3) NOT NULL,
        reason text NOT NULL,
        reported_by text NOT NULL,
        reported_at timestamptz(3) NOT NULL,
        key_digest bytea NOT NULL CHECK (octet_length(key_digest) = 16),
        fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 16),
        PRIMARY KEY (provider, reversal_id)
      );
      CREATE UNIQUE INDEX reversal_receipt_key ON reversal_receipt (key_digest);
      CREATE INDEX reversal_receipt_payment ON reversal_receipt (provider, provider_payment_id);

      -- Differences between what is and what should be: found, shown, and resolved by a person. Nothing repairs them.
      CREATE TABLE break (
        break_id text COLLATE "C" PRIMARY KEY,
        kind text NOT NULL,
        -- What it is about, in the terms of its kind: the same difference is found once.
        reference text NOT NULL,
        account_id text COLLATE "C",
        -- The entry that shows it.
        seq bigint,
        amount numeric,
        currency text,
        credits numeric(38,9),
        evidence json NOT NULL,
        owner text NOT NULL,
        opened_at timestamptz(3) NOT NULL,
        resolved_at timestamptz(3),
        resolved_by text,
        resolution text,
        reason text,
        CONSTRAINT break_once UNIQUE (kind, reference),
        CONSTRAINT break_money CHECK ((amount IS NULL) = (currency IS NULL)),
        CONSTRAINT break_resolved_whole CHECK (num_nonnulls(resolved_at, resolved_by, resolution, reason) IN (0, 4))
      );
      CREATE INDEX break_age ON break (opened_at, break_id);
      CREATE INDEX break_of_account ON break (account_id, opened_at);
      CREATE FUNCTION resolved_is_resolved() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'break % is resolved', OLD.break_id USING ERRCODE = 'insufficient_privilege';
        END $$;
      CREATE TRIGGER resolved_is_resolved BEFORE UPDATE ON break
        FOR EACH ROW WHEN (OLD.resolved_at IS NOT NULL) EXECUTE FUNCTION resolved_is_resolved();
      CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON break FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON price_version FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON purchase_quote FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_reversal FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_receipt FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reversal_receipt FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      GRANT SELECT ON price_version, purchase_quote, payment_reversal, payment_receipt, reversal_receipt, break TO credits_writer, credits_reader;
      GRANT INSERT ON price_version, purchase_quote, payment_reversal, payment_receipt, reversal_receipt, break TO credits_writer;
      GRANT UPDATE (owner, resolved_at, resolved_by, resolution, reason) ON break TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
