import type { DataSource, EntityManager } from 'typeorm';

export interface BusinessTime {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How far it is ahead of the database's clock, in milliseconds. */
  readonly offsetMs: number;
}

/** Business time rules the contract: the database's clock and, in a sandbox, what it was advanced by. */
export async function readBusinessTime(database: DataSource | EntityManager): Promise<BusinessTime> {
  const [row] = await database.query<{ now: string; offset_ms: string }[]>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + offset_ms AS now, offset_ms FROM business_clock',
  );
  if (row === undefined) throw new Error('the business clock has no row');
  return { now: Number(row.now), offsetMs: Number(row.offset_ms) };
}
