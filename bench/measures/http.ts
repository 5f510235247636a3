import { httpRun } from '../load/http-run.js';
import { BULK_SIZE, type LoadJob } from '../load/job.js';
import type { Bench, Measure } from '../harness/measure.js';
import { residentMemory } from '../harness/resources.js';
import { alternate } from '../harness/rounds.js';
import { compare, isReached, type ResultRow } from '../harness/row.js';
import { runOnce, type Run } from '../harness/run.js';
import { quartiles } from '../harness/statistics.js';
import { engine } from '../subjects/engine.js';
import { startService, type RunningService } from '../subjects/service.js';
import { createApiKey } from '../workload/api-key.js';
import { seedAccounts } from '../workload/seed.js';

const ACCOUNT = 'http';
const CALLERS = 256;
/** Several bulks under way, so that the next ones are read and checked while the last ones are written. */
const BULK_CONNECTIONS = 8;
const SINGLE_CONNECTIONS = 64;

/** What HTTP, JSON, schemas and keys cost on top of the engine; and how much memory the service takes under all that. */
export const http: Measure = {
  id: 'http',
  async run(bench) {
    await seedAccounts(bench.database, [ACCOUNT], 3);
    const service = await startService(bench.database);
    try {
      return await measureService(bench, service);
    } finally {
      await service.stop();
    }
  },
};

async function measureService({ database, scale, progress }: Bench, service: RunningService): Promise<readonly ResultRow[]> {
  const apiKey = await createApiKey(database.admin, service.keyPepper, ACCOUNT);
  const times = { warmUpMs: scale.warmUpMs, windowMs: scale.windowMs };
  const over = (kind: LoadJob['kind'], connections: number) => () =>
    httpRun(database, service, { kind, connections, apiKey, accountId: ACCOUNT, ...times });
  progress('rounds');
  const memory: number[] = [];
  const runs = await alternate(scale.rounds, {
    engine: () => runOnce(database, engine(database, () => ACCOUNT), { callers: CALLERS, ...times }),
    bulk: over('bulk', BULK_CONNECTIONS),
    single: async () => {
      const run = await over('single', SINGLE_CONNECTIONS)();
      memory.push(residentMemory(service.pid)?.peak ?? NaN);
      return run;
    },
    noOp: over('no-op', SINGLE_CONNECTIONS),
  });
  const of = (run: Run): number => run.rate;
  return [
    compare({
      id: 'http/bulk',
      title: `HTTP, bulks of ${String(BULK_SIZE)} on ${String(BULK_CONNECTIONS)} connections`,
      unit: 'debits/s',
      of,
      subject: ['service', runs.bulk],
      baseline: ['engine', runs.engine],
      goal: { kind: 'at-least', value: 0.6 },
    }),
    compare({
      id: 'http/single',
      title: `HTTP, one debit a request, ${String(SINGLE_CONNECTIONS)} connections`,
      unit: 'requests/s',
      of,
      subject: ['service', runs.single],
      baseline: ['no-op POST', runs.noOp],
      goal: { kind: 'at-least', value: 0.35 },
    }),
    memoryRow(memory),
  ];
}

function memoryRow(peaks: readonly number[]): ResultRow {
  const value = quartiles(peaks);
  const goal = { kind: 'at-most', value: 350 } as const;
  const known = !Number.isNaN(value.median);
  return {
    id: 'memory',
    title: 'resident memory of the service, its peak so far',
    unit: 'MB',
    subject: { name: 'service', value, cost: null },
    baseline: null,
    ratio: value,
    goal,
    reached: known ? isReached(Math.max(...peaks), goal) : null,
  };
}
