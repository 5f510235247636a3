import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sessions of the web account that people open through their identity provider. No key stands behind them: their rights are
 * those that the provider's claims gave when they signed in. A new table: nothing is locked. All times are wall time.
 */
export class PersonSessions1790000054000 implements MigrationInterface {
  readonly name = 'PersonSessions1790000054000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE person_session (
        secret_hmac bytea PRIMARY KEY CHECK (octet_length(secret_hmac) = 32),
        -- A pseudonym, as entries name the person.
        person text COLLATE "C" NOT NULL CHECK (person ~ '^person:[0-9a-f]{32}$'),
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        -- NULL: of an operator or of finance.
        bound_account text COLLATE "C",
        -- Of the sign-in that opened it: brought twice, it opens one session.
        sign_in_digest bytea NOT NULL UNIQUE CHECK (octet_length(sign_in_digest) = 32),
        -- What the provider asks for to end its own session as well; gone as soon as the session has ended.
        sealed_id_token bytea,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL CHECK (expires_at > created_at),
        ended_at timestamptz(3),
        CHECK (ended_at IS NULL OR sealed_id_token IS NULL)
      );
      CREATE INDEX person_session_expiry ON person_session (expires_at);

      GRANT SELECT, INSERT, DELETE ON person_session TO credits_writer;
      GRANT UPDATE (ended_at, sealed_id_token) ON person_session TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
