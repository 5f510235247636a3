import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a key's holder needs over its life: its successor, how often it may ask, and whether anybody still uses it. New
 * columns without a default: no row is rewritten, the lock is held for an instant.
 */
export class ApiKeyLife1790000020000 implements MigrationInterface {
  readonly name = 'ApiKeyLife1790000020000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_key
        -- The key that this one succeeds.
        ADD COLUMN rotated_from text COLLATE "C" REFERENCES api_key,
        -- Requests per window of the deployment; null: as many as the deployment allows any key.
        ADD COLUMN rate_limit integer CHECK (rate_limit > 0),
        -- Wall time, written now and then: not older than a minute.
        ADD COLUMN last_used_at timestamptz(3);
      GRANT UPDATE (last_used_at) ON api_key TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
