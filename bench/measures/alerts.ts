import { setTimeout as sleep } from 'node:timers/promises';
import { REDIS_IS_THERE, startRedis, type TestRedis } from '../../test/support/redis.js';
import type { BenchDatabase } from '../harness/database.js';
import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare, isReached, type Goal, type ResultRow } from '../harness/row.js';
import { runOnce, type Contestant } from '../harness/run.js';
import { quantile, quartiles } from '../harness/statistics.js';
import { crossAtRate, setRules, type Committed } from '../load/crossing.js';
import { openLedger } from '../subjects/engine.js';
import { addEndpoints, startReceiver, startTelling, type Receiver, type Telling } from '../subjects/told.js';
import { numberedAccounts } from '../workload/accounts.js';
import { newDebit } from '../workload/debits.js';
import { seedAccounts } from '../workload/seed.js';

const CROSSINGS_A_SECOND = 200;
const SOON_MS = 500;
const WARM_UP_MS = 3_000;
const WINDOW_MS = 3_000;
/** What came later than this did not come. */
const PATIENCE_MS = 10_000;

interface Scene {
  readonly database: BenchDatabase;
  readonly crossing: readonly string[];
  readonly receiver: Receiver;
  readonly redisUrl: string | null;
}

/**
 * Crossings that are delivered to a real receiver on the same machine, signed and logged: what that costs the debits beside
 * them, and, without such debits, how long each takes from its commit to the receiver.
 */
export const alerts: Measure = {
  id: 'alerts',
  async run({ database, scale, progress }) {
    const debited = numberedAccounts('alerts-debited', 1_000);
    const crossing = numberedAccounts('alerts-crossing', CROSSINGS_A_SECOND);
    await seedAccounts(database, [...debited, ...crossing], 1);
    const ledger = openLedger(database);
    await setRules(ledger, crossing);
    await ledger.drain();
    const receiver = await startReceiver();
    await addEndpoints(database, crossing, receiver.url);
    const redis = await redisHere(progress);
    let next = 0;
    const account = (): string => debited[(next += 1) % debited.length] as string;
    const rows: ResultRow[] = [];
    try {
      for (const redisUrl of [null, ...(redis === null ? [] : [redis.url])]) {
        const kind = redisUrl === null ? 'PostgreSQL' : 'Redis';
        const scene = { database, crossing, receiver, redisUrl };
        const soon: number[] = [];
        // Relay and workers are begun anew in each round, and compiled in its first seconds.
        const loop = { callers: 256, warmUpMs: Math.max(scale.warmUpMs, WARM_UP_MS), windowMs: Math.max(scale.windowMs, WINDOW_MS) };
        const runs = await alternate(scale.rounds, {
          delivered: () => runOnce(database, besideDebits(scene, account, true, soon), loop),
          down: () => runOnce(database, besideDebits(scene, account, false, soon), loop),
        });
        rows.push(
          compare({
            id: `alerts/debits-${kind}`,
            title: `debits with 200 crossings/s delivered, queue in ${kind}`,
            unit: 'debits/s',
            of: (run) => run.rate,
            subject: ['all up', runs.delivered],
            baseline: ['all down', runs.down],
            goal: { kind: 'at-least', value: 0.7 },
          }),
          row(`alerts/beside-debits-${kind}`, `of these crossings, arrived before the round ended, queue in ${kind}`, '%', 'of a machine without rest', quartiles(soon), null),
          ...(await latencies(scene, kind, scale.windowMs * scale.rounds)),
        );
      }
    } finally {
      await redis?.stop();
      await receiver.close();
    }
    return rows;
  },
};

/** The one that REDIS_URL names, or one that is started for the run where it is installed. */
async function redisHere(progress: (text: string) => void): Promise<Pick<TestRedis, 'url' | 'stop'> | null> {
  const named = process.env['REDIS_URL'];
  if (named !== undefined) return { url: named, stop: () => Promise.resolve() };
  if (REDIS_IS_THERE) return startRedis();
  progress('LEFT OUT: there is no redis-server here, so delivery was not measured on Redis (apt-get install redis-server)');
  return null;
}

/** Debits at full speed, with accounts beside them that cross their thresholds; delivered, or left in the outbox. */
function besideDebits(scene: Scene, account: () => string, delivered: boolean, soon: number[]): Contestant {
  const { database, crossing, receiver, redisUrl } = scene;
  return {
    async open() {
      let telling: Telling | null = null;
      const ledger = openLedger(database, () => telling?.wake());
      if (delivered) telling = await startTelling(database, () => ledger, redisUrl);
      const committed: Committed = new Map();
      receiver.arrived.clear();
      const stopCrossing = crossAtRate(ledger, crossing, CROSSINGS_A_SECOND, committed);
      return {
        operation: async () => {
          const verdict = await ledger.execute(newDebit(account()));
          if (!verdict.ok) throw new Error(`a debit was refused: ${verdict.refusal.code}`);
        },
        close: async () => {
          if (delivered) soon.push((100 * receiver.arrived.size) / committed.size);
          await stopCrossing();
          await ledger.drain();
          await telling?.stop();
          await forgetTheRest(database);
        },
      };
    },
  };
}

/** Two hundred crossings a second, and nothing else. */
async function latencies({ database, crossing, receiver, redisUrl }: Scene, kind: string, windowMs: number): Promise<ResultRow[]> {
  let telling: Telling | null = null;
  const ledger = openLedger(database, () => telling?.wake());
  telling = await startTelling(database, () => ledger, redisUrl);
  const committed: Committed = new Map();
  const stopCrossing = crossAtRate(ledger, crossing, CROSSINGS_A_SECOND, committed);
  // Connections open and code gets compiled; what came until then does not count.
  await sleep(WARM_UP_MS);
  const from = performance.now();
  await sleep(windowMs);
  const to = performance.now();
  await stopCrossing();
  const counted = [...committed].filter(([, at]) => at >= from && at < to);
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end && !counted.every(([key]) => receiver.arrived.has(key)); ) await sleep(50);
  await telling.stop();
  await ledger.drain();
  await forgetTheRest(database);

  const taken = counted.map(([key, at]) => Math.max(0, (receiver.arrived.get(key) ?? Infinity) - at));
  const arrived = taken.filter((ms) => ms < Infinity);
  const name = `${String(arrived.length)} of ${String(taken.length)} came`;
  const at = (p: number): number => (arrived.length === 0 ? NaN : quantile(arrived, p));
  const line = (id: string, title: string, unit: ResultRow['unit'], value: number, goal: Goal): ResultRow =>
    row(`alerts/${id}-${kind}`, `${title}, queue in ${kind}`, unit, name, quartiles([value]), goal);
  return [
    line('latency-p50', 'commit to webhook at 200/s, half of them', 'ms', at(0.5), { kind: 'at-most', value: 50 }),
    line('latency-p99', 'commit to webhook at 200/s, 99 of 100', 'ms', at(0.99), { kind: 'at-most', value: SOON_MS }),
    line('soon', `arrived within ${String(SOON_MS)} ms`, '%', (100 * taken.filter((ms) => ms <= SOON_MS).length) / taken.length, { kind: 'at-least', value: 99 }),
  ];
}

function row(id: string, title: string, unit: ResultRow['unit'], name: string, value: ResultRow['ratio'], goal: Goal | null): ResultRow {
  return { id, title, unit, subject: { name, value, cost: null }, baseline: null, ratio: value, goal, reached: goal === null ? null : isReached(value.median, goal) };
}

/** What was left is not the next round's. */
async function forgetTheRest({ admin }: BenchDatabase): Promise<void> {
  await admin.query('UPDATE credits.outbox SET published_at = now() WHERE published_at IS NULL');
  await admin.query(`UPDATE credits.delivery SET state = 'dropped' WHERE state = 'pending'`);
}
