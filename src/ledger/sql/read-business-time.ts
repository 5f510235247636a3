import type { LedgerConnection } from '../connection.js';

/**
 * Business time in milliseconds. `clock_timestamp()` and not `now()`, which is the time at which the transaction began,
 * before it got its locks: entry 2 would bear an earlier time than entry 1.
 */
const BUSINESS_TIME = {
  name: 'business-time',
  text: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + offset_ms FROM business_clock',
};

export async function readBusinessTime(connection: LedgerConnection): Promise<number> {
  const [row] = await connection.run(BUSINESS_TIME);
  return Number.parseInt(row?.[0] ?? '', 10);
}
