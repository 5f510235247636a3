import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The outbox: what licensees and their machines are told, written in the transaction of its cause, and what became of it on
 * its way (SPEC 11). New tables. `account_state` gets a column with a default: its lock lasts as long as one update of it.
 */
export class Outbox1790000010000 implements MigrationInterface {
  readonly name = 'Outbox1790000010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Crossings are found in entries after this one. Accounts that are there begin with their next entry.
      ALTER TABLE account_state ADD COLUMN alerts_from bigint NOT NULL DEFAULT 0;
      UPDATE account_state SET alerts_from = seq;

      CREATE TABLE outbox (
        account_id text COLLATE "C" NOT NULL,
        -- The entry that caused it, or the account's last one where no entry did; both count under the account's lock.
        seq bigint NOT NULL CHECK (seq >= 0),
        ordinal integer NOT NULL CHECK (ordinal >= 0),
        id uuid NOT NULL,
        licensee_id text COLLATE "C" NOT NULL,
        type text NOT NULL,
        -- The whole event: nothing that is edited later changes it.
        body jsonb NOT NULL,
        -- Business time.
        at timestamptz(3) NOT NULL,
        -- Wall time of the database, like the two below, which belong to the relay.
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        claimed_until timestamptz(3),
        published_at timestamptz(3),
        PRIMARY KEY (account_id, seq, ordinal),
        CONSTRAINT event_id UNIQUE (account_id, id)
      ) WITH (fillfactor = 70);
      -- What still has to be handed on, oldest first. Empty nearly always.
      CREATE INDEX outbox_unpublished ON outbox (created_at, account_id, seq, ordinal) WHERE published_at IS NULL;

      -- One event on its way to one contact or endpoint.
      CREATE TABLE delivery (
        account_id text COLLATE "C" NOT NULL,
        seq bigint NOT NULL,
        ordinal integer NOT NULL,
        target_kind text NOT NULL CHECK (target_kind IN ('mail', 'webhook')),
        target_id text COLLATE "C" NOT NULL,
        message_id uuid NOT NULL,
        -- parked: given up after the last attempt, until somebody replays it. dropped: its target is gone.
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'parked', 'dropped')),
        attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
        last_status integer,
        last_excerpt text,
        -- Wall time of the database.
        created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        next_attempt_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        settled_at timestamptz(3),
        PRIMARY KEY (account_id, seq, ordinal, target_kind, target_id)
      ) WITH (fillfactor = 70);
      -- What is pending of an account, oldest first; and what is due of all.
      CREATE INDEX delivery_pending ON delivery (account_id, seq, ordinal) WHERE state = 'pending';
      CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state = 'pending';
      CREATE INDEX delivery_parked ON delivery (account_id, seq, ordinal) WHERE state = 'parked';

      -- One worker at a time delivers for an account, so that its events arrive in order. A lease that ran out is free.
      CREATE TABLE delivery_lane (
        account_id text COLLATE "C" PRIMARY KEY,
        holder text NOT NULL,
        leased_until timestamptz(3) NOT NULL
      ) WITH (fillfactor = 40);

      -- The alert rules of an account, as its last entry of type alert-rules says; no row: the service's own.
      CREATE TABLE alert_rules (
        account_id text COLLATE "C" PRIMARY KEY,
        seq bigint NOT NULL,
        rules json NOT NULL
      );
      -- Rules that have fired, and do not again before their matter has been over.
      CREATE TABLE alert_fired (
        account_id text COLLATE "C" NOT NULL,
        rule_id text COLLATE "C" NOT NULL,
        -- What of the rule's matter fired: a lot, a Term; empty where there is only one.
        matter text COLLATE "C" NOT NULL DEFAULT '',
        seq bigint NOT NULL,
        at timestamptz(3) NOT NULL,
        PRIMARY KEY (account_id, rule_id, matter)
      );

      GRANT SELECT ON outbox, delivery, delivery_lane, alert_rules, alert_fired TO credits_writer, credits_reader;
      GRANT INSERT ON outbox, delivery, delivery_lane, alert_rules, alert_fired TO credits_writer;
      GRANT UPDATE (claimed_until, published_at) ON outbox TO credits_writer;
      GRANT UPDATE (state, attempts, last_status, last_excerpt, next_attempt_at, settled_at) ON delivery TO credits_writer;
      GRANT UPDATE (holder, leased_until) ON delivery_lane TO credits_writer;
      GRANT UPDATE (seq, rules) ON alert_rules TO credits_writer;
      GRANT DELETE ON alert_fired TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
