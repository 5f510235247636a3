import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The chain of administrative acts (SPEC 14). New tables only, so nothing is locked. */
export class AdministrativeActs1790000031100 implements MigrationInterface {
  readonly name = 'AdministrativeActs1790000031100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Opaque ids only: what is personal lies in administrative_detail.
      CREATE TABLE administrative_act (
        seq bigint PRIMARY KEY CHECK (seq > 0),
        recorded_at timestamptz(3) NOT NULL,
        kind text NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('done', 'asked', 'refused')),
        code text,
        actor text NOT NULL,
        account_id text COLLATE "C",
        subject text,
        key_digest bytea CHECK (octet_length(key_digest) = 16),
        count integer NOT NULL CHECK (count > 0),
        detail_hash bytea NOT NULL CHECK (octet_length(detail_hash) = 32),
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        CONSTRAINT refused_with_code CHECK ((outcome = 'refused') = (code IS NOT NULL))
      );
      -- A request that is sent again was asked once.
      CREATE UNIQUE INDEX administrative_act_asked ON administrative_act (account_id, key_digest, kind) WHERE outcome = 'asked';

      -- Origins, reasons, names: erased after their time, and the chain stays whole.
      CREATE TABLE administrative_detail (
        seq bigint PRIMARY KEY,
        recorded_at timestamptz(3) NOT NULL,
        salt text NOT NULL,
        content json NOT NULL
      );
      CREATE INDEX administrative_detail_age ON administrative_detail (recorded_at);

      -- One row: the lock of the chain, and its head.
      CREATE TABLE administrative_head (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        seq bigint NOT NULL DEFAULT 0,
        hash bytea NOT NULL CHECK (octet_length(hash) = 32),
        last_recorded_at timestamptz(3) NOT NULL DEFAULT '-infinity'
      );
      INSERT INTO administrative_head (hash) VALUES (sha256(convert_to('["kaltura-ai-credits/acts-genesis/1"]', 'UTF8')));

      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON administrative_act FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      GRANT SELECT ON administrative_act, administrative_detail, administrative_head TO credits_writer, credits_reader;
      GRANT INSERT ON administrative_act, administrative_detail TO credits_writer;
      GRANT DELETE ON administrative_detail TO credits_writer;
      GRANT UPDATE (seq, hash, last_recorded_at) ON administrative_head TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
