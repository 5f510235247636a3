import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs of the reconciliation, and what of a file they keep while they run (SPEC 13). New tables: nothing is locked. */
export class Reconciliation1790000030100 implements MigrationInterface {
  readonly name = 'Reconciliation1790000030100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE reconciliation_run (
        run_id text COLLATE "C" PRIMARY KEY,
        scope text NOT NULL CHECK (scope IN ('books', 'usage-file', 'settlement-file')),
        requested_by text NOT NULL,
        requested_at timestamptz(3) NOT NULL,
        -- The UTC day whose nightly run it is: one each, however many workers there are.
        night date UNIQUE,
        state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
        started_at timestamptz(3),
        finished_at timestamptz(3),
        report json,
        CONSTRAINT finished_whole CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL))
      );
      CREATE INDEX reconciliation_run_waiting ON reconciliation_run (requested_at) WHERE state IN ('queued', 'running');

      -- The lines of a file that a run has seen: what is twice in it, and what it does not have. Gone when the run is over.
      CREATE UNLOGGED TABLE reconciliation_line (
        run_id text COLLATE "C" NOT NULL,
        -- Digest of what the line is about.
        reference bytea NOT NULL CHECK (octet_length(reference) = 16),
        line bigint NOT NULL,
        -- Digest of what the ledger has for it: a second booking of the same has the same one.
        content bytea CHECK (octet_length(content) = 16),
        PRIMARY KEY (run_id, reference)
      );
      CREATE INDEX reconciliation_line_content ON reconciliation_line (run_id, content);

      GRANT SELECT, INSERT ON reconciliation_run, reconciliation_line TO credits_writer;
      GRANT SELECT ON reconciliation_run TO credits_reader;
      GRANT UPDATE (state, started_at, finished_at, report) ON reconciliation_run TO credits_writer;
      GRANT DELETE ON reconciliation_line TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
