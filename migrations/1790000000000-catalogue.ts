import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who buys, under which documents, and how the service knows who asks. Low-rate tables, all new, so nothing is locked.
 * Times are timestamptz in milliseconds; ids of licensees, cards and keys are texts compared bytewise (COLLATE "C").
 */
export class Catalogue1790000000000 implements MigrationInterface {
  readonly name = 'Catalogue1790000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Business time = the database's clock + offset_ms. Only a sandbox has an offset, and it only grows (SPEC 3).
      CREATE TABLE business_clock (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        offset_ms bigint NOT NULL DEFAULT 0
      );
      INSERT INTO business_clock DEFAULT VALUES;
      CREATE FUNCTION business_clock_only_advances() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.offset_ms < OLD.offset_ms THEN
            RAISE EXCEPTION 'business time only advances' USING ERRCODE = 'check_violation', CONSTRAINT = 'business_clock_only_advances';
          END IF;
          RETURN NEW;
        END $$;
      CREATE TRIGGER business_clock_only_advances BEFORE UPDATE ON business_clock
        FOR EACH ROW EXECUTE FUNCTION business_clock_only_advances();

      -- The legal party that signed the Agreement.
      CREATE TABLE licensee (
        licensee_id text COLLATE "C" PRIMARY KEY,
        legal_name text NOT NULL,
        created_at timestamptz(3) NOT NULL
      );

      -- Where credits are bought, held and used. Its id is the Kaltura partner id.
      CREATE TABLE account (
        account_id text COLLATE "C" PRIMARY KEY,
        licensee_id text COLLATE "C" NOT NULL REFERENCES licensee,
        created_at timestamptz(3) NOT NULL
      );
      CREATE INDEX account_of_licensee ON account (licensee_id);

      CREATE TABLE rate_card (
        card_id text COLLATE "C" PRIMARY KEY,
        name text NOT NULL,
        created_at timestamptz(3) NOT NULL
      );

      -- One immutable, dated edition of a card. Only its state moves: draft -> published -> withdrawn (P2).
      CREATE TABLE rate_version (
        card_id text COLLATE "C" NOT NULL REFERENCES rate_card,
        version integer NOT NULL CHECK (version > 0),
        effective_date date NOT NULL,
        content json NOT NULL,
        content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
        state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'published', 'withdrawn')),
        created_at timestamptz(3) NOT NULL,
        published_at timestamptz(3),
        PRIMARY KEY (card_id, version)
      );

      -- API keys: only an HMAC of the secret is stored, under a pepper that is kept outside the database.
      CREATE TABLE api_key (
        key_id text COLLATE "C" PRIMARY KEY,
        secret_hmac bytea NOT NULL UNIQUE CHECK (octet_length(secret_hmac) = 32),
        label text NOT NULL,
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        account_id text COLLATE "C" REFERENCES account,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3),
        revoked_at timestamptz(3)
      );
      CREATE INDEX api_key_of_account ON api_key (account_id);

      -- Answers to requests that change the catalogue, by idempotency key, kept for ever.
      CREATE TABLE catalogue_request (
        caller text COLLATE "C" NOT NULL,
        key_digest bytea NOT NULL CHECK (octet_length(key_digest) = 16),
        fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 16),
        status smallint NOT NULL,
        answer json NOT NULL,
        PRIMARY KEY (caller, key_digest)
      );

      GRANT SELECT ON business_clock, licensee, account, rate_card, rate_version, catalogue_request TO credits_writer, credits_reader;
      GRANT UPDATE (offset_ms) ON business_clock TO credits_writer;
      GRANT INSERT ON licensee, account, rate_card, rate_version, api_key, catalogue_request TO credits_writer;
      GRANT SELECT ON api_key TO credits_writer;
      GRANT UPDATE (state, published_at) ON rate_version TO credits_writer;
      GRANT UPDATE (expires_at, revoked_at) ON api_key TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
