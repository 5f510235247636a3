import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sign-in links and sessions of the web account. Each is lent by an API key: it has at most that key's rights, and none once
 * the key is revoked or has expired. New tables: nothing is locked. All times are wall time.
 */
export class WebSessions1790000040000 implements MigrationInterface {
  readonly name = 'WebSessions1790000040000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Opens one session, once. Only an HMAC of its secret is stored.
      CREATE TABLE sign_in_link (
        secret_hmac bytea PRIMARY KEY CHECK (octet_length(secret_hmac) = 32),
        key_id text COLLATE "C" NOT NULL REFERENCES api_key,
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        in_frame boolean NOT NULL,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL CHECK (expires_at > created_at),
        used_at timestamptz(3)
      );
      CREATE TABLE web_session (
        secret_hmac bytea PRIMARY KEY CHECK (octet_length(secret_hmac) = 32),
        key_id text COLLATE "C" NOT NULL REFERENCES api_key,
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL CHECK (expires_at > created_at),
        ended_at timestamptz(3)
      );
      CREATE INDEX sign_in_link_expiry ON sign_in_link (expires_at);
      CREATE INDEX web_session_expiry ON web_session (expires_at);

      GRANT SELECT, INSERT, DELETE ON sign_in_link, web_session TO credits_writer;
      GRANT UPDATE (used_at) ON sign_in_link TO credits_writer;
      GRANT UPDATE (ended_at) ON web_session TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
