import type { BenchDatabase } from '../harness/database.js';
import type { Scale } from '../harness/options.js';
import { runOnce } from '../harness/run.js';
import { oneByOne } from './one-by-one.js';

const CONNECTIONS = [1, 2, 4, 8, 16, 32];

/** The number of connections at which the one-by-one baseline is fastest on this machine. */
export async function bestConnections(database: BenchDatabase, scale: Scale, account: () => string): Promise<number> {
  let best = { connections: 1, rate: 0 };
  for (const connections of CONNECTIONS) {
    const { rate } = await runOnce(database, oneByOne(database, connections, account), {
      callers: connections,
      warmUpMs: scale.warmUpMs,
      windowMs: scale.trialMs,
    });
    if (rate > best.rate) best = { connections, rate };
  }
  return best.connections;
}
