import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is encrypted in the database can be encrypted anew, under another key. Rights only: nothing is locked. */
export class Resealing1790000052100 implements MigrationInterface {
  readonly name = 'Resealing1790000052100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      GRANT UPDATE (sealed_secret) ON webhook_secret TO credits_writer;
      GRANT UPDATE (sealed) ON sealed_evidence TO credits_writer;
    `);
  }

  down(): Promise<void> {
    throw new Error('migrations run forward only: restore a backup instead');
  }
}
