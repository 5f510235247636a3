import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Signed heads of the accounts' chains, and the public keys that they were signed with (SPEC 14). The private keys are
 * never in the database. New tables only, so nothing is locked.
 */
export class SignedHeads1790000031000 implements MigrationInterface {
  readonly name = 'SignedHeads1790000031000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Public halves of Ed25519 keys, in order of their introduction. The key before vouches for the next one.
      CREATE TABLE signing_key (
        key_id text COLLATE "C" PRIMARY KEY,
        public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
        introduced_at timestamptz(3) NOT NULL,
        endorsed_by text COLLATE "C" REFERENCES signing_key,
        endorsement bytea CHECK (octet_length(endorsement) = 64),
        CONSTRAINT endorsed_by_signature CHECK ((endorsed_by IS NULL) = (endorsement IS NULL))
      );

      -- The head of an account's chain at some wall time.
      CREATE TABLE signed_head (
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL CHECK (seq > 0),
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        signed_at timestamptz(3) NOT NULL,
        key_id text COLLATE "C" NOT NULL,
        signature bytea NOT NULL CHECK (octet_length(signature) = 64),
        PRIMARY KEY (account_id, seq)
      );

      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON signing_key FOR EACH STATEMENT EXECUTE FUNCTION insert_only();
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON signed_head FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      GRANT SELECT ON signing_key, signed_head TO credits_writer, credits_reader;
      GRANT INSERT ON signing_key, signed_head TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
