import type { Client } from 'pg';
import type { DataSource } from 'typeorm';

/** A connection out of the service's pool, for reads that follow each other on one. To be released, whatever happens. */
export async function withPooledClient(database: DataSource): Promise<{ readonly client: Client; readonly release: () => void }> {
  const runner = database.createQueryRunner();
  const client = (await runner.connect()) as Client;
  return { client, release: () => void runner.release() };
}
