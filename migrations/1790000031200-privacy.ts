import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Requests of persons, sealed evidence, privacy notices, retention (SPEC 14). New tables only, so nothing is locked. */
export class Privacy1790000031200 implements MigrationInterface {
  readonly name = 'Privacy1790000031200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A person's request: what they want of a contact's data, by when it is to be answered, and how it was. Business time.
      CREATE TABLE privacy_request (
        request_id text COLLATE "C" PRIMARY KEY,
        contact_id text COLLATE "C" NOT NULL,
        kind text NOT NULL CHECK (kind IN ('view', 'correct', 'export', 'erase')),
        received_at timestamptz(3) NOT NULL,
        due_at timestamptz(3) NOT NULL,
        received_by text NOT NULL,
        identity_checked_at timestamptz(3),
        identity_checked_by text,
        identity_means text CHECK (identity_means IN ('document', 'known-channel', 'in-person')),
        answered_at timestamptz(3),
        answered_by text,
        outcome text CHECK (outcome IN ('done', 'refused')),
        refused_because text,
        CONSTRAINT due_in_thirty_days CHECK (due_at <= received_at + interval '30 days'),
        CONSTRAINT nothing_done_for_a_stranger CHECK (outcome IS DISTINCT FROM 'done' OR identity_checked_at IS NOT NULL),
        CONSTRAINT answered_by_somebody CHECK ((answered_at IS NULL) = (outcome IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)),
        CONSTRAINT refused_with_reason CHECK ((outcome = 'refused') = (refused_because IS NOT NULL) OR outcome IS NULL)
      );
      CREATE INDEX privacy_request_due ON privacy_request (due_at) WHERE answered_at IS NULL;

      -- What shows that a contractual notice was given and reached somebody: encrypted under a key outside the database.
      CREATE TABLE sealed_evidence (
        account_id text COLLATE "C" NOT NULL,
        evidence_id text COLLATE "C" NOT NULL,
        -- Id of the notice.
        subject text COLLATE "C" NOT NULL,
        kind text NOT NULL,
        sealed_at timestamptz(3) NOT NULL,
        keep_until timestamptz(3) NOT NULL,
        sealed bytea NOT NULL,
        PRIMARY KEY (account_id, evidence_id)
      );
      CREATE INDEX sealed_evidence_subject ON sealed_evidence (account_id, subject);
      -- Who opened it, when, and what for.
      CREATE TABLE evidence_access (
        account_id text COLLATE "C" NOT NULL,
        access_id text COLLATE "C" NOT NULL,
        evidence_id text COLLATE "C" NOT NULL,
        actor text NOT NULL,
        purpose text NOT NULL,
        at timestamptz(3) NOT NULL,
        PRIMARY KEY (account_id, access_id)
      );
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_access FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      -- The deployment's own privacy notice. Told in time: 30 days before a substantial change, 7 before a minor one.
      CREATE TABLE privacy_notice (
        version integer PRIMARY KEY CHECK (version > 0),
        content text NOT NULL,
        text_hash bytea NOT NULL CHECK (octet_length(text_hash) = 32),
        change text NOT NULL CHECK (change IN ('first', 'substantial', 'minor', 'required-by-law')),
        announced_on date NOT NULL,
        effective_on date NOT NULL,
        published_by text NOT NULL,
        CONSTRAINT first_once CHECK ((version = 1) = (change = 'first')),
        CONSTRAINT told_in_time CHECK (effective_on >= announced_on + CASE change WHEN 'substantial' THEN 30 WHEN 'minor' THEN 7 ELSE 0 END)
      );
      CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON privacy_notice FOR EACH STATEMENT EXECUTE FUNCTION insert_only();

      -- What the retention job removed, by kind.
      CREATE TABLE retention_run (
        run_id text COLLATE "C" PRIMARY KEY,
        at timestamptz(3) NOT NULL,
        report json NOT NULL
      );

      -- The writer may not delete rows of the write path; of metadata it may erase what these two let it.
      CREATE FUNCTION erase_metadata(of_account text, of_seq bigint) RETURNS boolean
        LANGUAGE sql SECURITY DEFINER SET search_path = credits, pg_temp AS $$
          WITH erased AS (DELETE FROM entry_metadata WHERE account_id = of_account AND seq = of_seq RETURNING 1)
          SELECT EXISTS (SELECT FROM erased);
        $$;
      CREATE FUNCTION erase_old_metadata(of_account text, before timestamptz) RETURNS bigint
        LANGUAGE sql SECURITY DEFINER SET search_path = credits, pg_temp AS $$
          WITH erased AS (
            DELETE FROM entry_metadata AS m USING entry AS e
             WHERE m.account_id = of_account AND e.account_id = m.account_id AND e.seq = m.seq AND e.recorded_at < before RETURNING 1)
          SELECT count(*) FROM erased;
        $$;
      REVOKE ALL ON FUNCTION erase_metadata(text, bigint), erase_old_metadata(text, timestamptz) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION erase_metadata(text, bigint), erase_old_metadata(text, timestamptz) TO credits_writer;

      GRANT SELECT ON privacy_request, sealed_evidence, evidence_access, privacy_notice, retention_run TO credits_writer;
      GRANT SELECT ON privacy_request, evidence_access, privacy_notice, retention_run TO credits_reader;
      GRANT INSERT ON privacy_request, sealed_evidence, evidence_access, privacy_notice, retention_run TO credits_writer;
      GRANT UPDATE (identity_checked_at, identity_checked_by, identity_means, answered_at, answered_by, outcome, refused_because) ON privacy_request TO credits_writer;
      GRANT DELETE ON sealed_evidence, privacy_request TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
