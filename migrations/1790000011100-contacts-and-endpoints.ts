import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where licensees are told: contacts by mail, endpoints by webhook (SPEC 8, 11). New tables: nothing is locked. What is
 * personal lies here and nowhere in the ledger, which knows a contact by its id.
 */
export class ContactsAndEndpoints1790000011100 implements MigrationInterface {
  readonly name = 'ContactsAndEndpoints1790000011100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A person or mailbox of a licensee. Times are wall time.
      CREATE TABLE contact (
        licensee_id text COLLATE "C" NOT NULL REFERENCES licensee,
        contact_id text COLLATE "C" PRIMARY KEY,
        -- Null once they were erased.
        name text,
        address text,
        -- Rises with every address, so that a link mailed to an old one verifies nothing.
        address_version integer NOT NULL DEFAULT 1,
        created_at timestamptz(3) NOT NULL,
        verified_at timestamptz(3),
        bounced_at timestamptz(3),
        -- What the mail server answered.
        bounce_status smallint,
        removed_at timestamptz(3),
        -- When a mail with the verifying link is to be sent next; null: none is.
        link_due_at timestamptz(3),
        link_attempts integer NOT NULL DEFAULT 0,
        link_sent_at timestamptz(3),
        CONSTRAINT removed_or_reachable CHECK (removed_at IS NOT NULL OR (name IS NOT NULL AND address IS NOT NULL))
      );
      CREATE UNIQUE INDEX contact_of_licensee ON contact (licensee_id, lower(address)) WHERE removed_at IS NULL;
      CREATE INDEX contact_link_due ON contact (link_due_at) WHERE link_due_at IS NOT NULL;

      CREATE TABLE webhook_endpoint (
        account_id text COLLATE "C" NOT NULL REFERENCES account,
        endpoint_id text COLLATE "C" NOT NULL,
        url text NOT NULL,
        -- Types of events that it gets; null: all.
        event_types text[],
        created_at timestamptz(3) NOT NULL,
        removed_at timestamptz(3),
        -- Switched off after it failed for long, or because it answered that it is gone.
        disabled_at timestamptz(3),
        -- Since when every attempt has failed; null: the last one succeeded.
        failing_since timestamptz(3),
        PRIMARY KEY (account_id, endpoint_id)
      );
      CREATE TABLE webhook_secret (
        account_id text COLLATE "C" NOT NULL,
        endpoint_id text COLLATE "C" NOT NULL,
        secret_id text COLLATE "C" NOT NULL,
        -- Encrypted under a key that is not in the database.
        sealed_secret bytea NOT NULL,
        created_at timestamptz(3) NOT NULL,
        -- Null: live until it is rotated.
        ends_at timestamptz(3),
        PRIMARY KEY (account_id, endpoint_id, secret_id)
      );
      -- What became of each attempt, the newest of each endpoint.
      CREATE TABLE webhook_attempt (
        account_id text COLLATE "C" NOT NULL,
        endpoint_id text COLLATE "C" NOT NULL,
        attempt_id text COLLATE "C" NOT NULL,
        message_id text COLLATE "C" NOT NULL,
        event_type text NOT NULL,
        at timestamptz(3) NOT NULL,
        duration_ms integer NOT NULL,
        status smallint,
        excerpt text NOT NULL,
        PRIMARY KEY (account_id, endpoint_id, attempt_id)
      );

      GRANT SELECT ON contact, webhook_endpoint, webhook_secret, webhook_attempt TO credits_writer;
      GRANT SELECT ON webhook_endpoint, webhook_attempt TO credits_reader;
      GRANT INSERT ON contact, webhook_endpoint, webhook_secret, webhook_attempt TO credits_writer;
      GRANT UPDATE (name, address, address_version, verified_at, bounced_at, bounce_status, removed_at, link_due_at, link_attempts, link_sent_at)
        ON contact TO credits_writer;
      GRANT UPDATE (removed_at, disabled_at, failing_since) ON webhook_endpoint TO credits_writer;
      GRANT UPDATE (ends_at) ON webhook_secret TO credits_writer;
      GRANT DELETE ON webhook_attempt TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
