import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CrowdJob, CrowdMessage } from '../load/crowd.js';
import { openIdle } from '../load/idle-connections.js';
import { openLoop, type Offered } from '../load/open-loop.js';
import type { Bench, Measure } from '../harness/measure.js';
import type { Scale } from '../harness/options.js';
import { residentMemory } from '../harness/resources.js';
import { ratios } from '../harness/rounds.js';
import { isReached, type Goal, type ResultRow } from '../harness/row.js';
import { runOnce } from '../harness/run.js';
import { quartiles } from '../harness/statistics.js';
import { engine, openLedger } from '../subjects/engine.js';
import { startService, type RunningService } from '../subjects/service.js';
import { createApiKey } from '../workload/api-key.js';
import { newDebit } from '../workload/debits.js';
import { seedAccounts } from '../workload/seed.js';

const ACCOUNT = 'overload';
const CALLERS = 256;
const TIMES_IN_PROCESS = 10;
const TIMES_OVER_HTTP = 2;
const CONNECTIONS = 2_000;
const IDLE_CONNECTIONS = 5_000;
const ROUNDS = 5;
const CROWD = fileURLToPath(new URL('../load/crowd.js', import.meta.url));

/** A queue has to fill before anything can be said of it, whatever else is measured quickly. */
function timesOf({ warmUpMs, windowMs }: Scale): { readonly warmUpMs: number; readonly windowMs: number } {
  return { warmUpMs: Math.max(warmUpMs, 2_000), windowMs: Math.max(windowMs, 3_000) };
}

/** What happens when more is asked than can be done: it sheds, and goes on doing what it can. */
export const overload: Measure = {
  id: 'overload',
  async run(bench) {
    await seedAccounts(bench.database, [ACCOUNT], 3);
    const inProcess = await overloadEngine(bench);
    const service = await startService(bench.database);
    try {
      return [...inProcess, ...(await overloadService(bench, service))];
    } finally {
      await service.stop();
    }
  },
};

async function overloadEngine({ database, scale, progress }: Bench): Promise<ResultRow[]> {
  const times = timesOf(scale);
  const peaks: number[] = [];
  const rounds: Offered[] = [];
  const recoveries: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    progress(`in process, round ${String(round + 1)}`);
    const { rate } = await runOnce(database, engine(database, () => ACCOUNT), { callers: CALLERS, ...times });
    peaks.push(rate);
    const ledger = openLedger(database);
    rounds.push(
      await openLoop({
        rate: rate * TIMES_IN_PROCESS,
        ...times,
        operation: async () => {
          const verdict = await ledger.execute(newDebit(ACCOUNT));
          if (verdict.ok) return 'accepted';
          if (verdict.refusal.code !== 'overloaded') throw new Error(verdict.refusal.detail);
          return 'shed';
        },
      }),
    );
    recoveries.push(await elapsed(() => ledger.execute(newDebit(ACCOUNT))));
    await ledger.drain();
  }
  const offered = `${String(TIMES_IN_PROCESS)} times the peak offered in process`;
  return [
    row('overload/engine', `${offered}: accepted`, 'debits/s', ['engine', rounds.map((of) => of.accepted)], ['its peak', peaks], { kind: 'at-least', value: 0.8 }),
    row('overload/engine-latency', `${offered}: p99 of what is accepted`, 'ms', ['engine', rounds.map((of) => of.p99)], null, { kind: 'at-most', value: 5_000 }),
    row('overload/engine-recovery', `${offered}: the first debit afterwards`, 'ms', ['engine', recoveries], null, { kind: 'at-most', value: 1_000 }),
  ];
}

async function overloadService({ database, scale, progress }: Bench, service: RunningService): Promise<ResultRow[]> {
  const apiKey = await createApiKey(database.admin, service.keyPepper, ACCOUNT);
  const times = timesOf(scale);
  const job = { apiKey, accountId: ACCOUNT, ...times };
  // The same cheap client as in the crowd: what it costs falls on both alike.
  const single = async (): Promise<number> => (await crowd({ ...job, url: service.url, connections: 64, rate: null })).offered.accepted;
  const peaks: number[] = [];
  const rounds: Offered[] = [];
  const recoveries: number[] = [];
  const memory: number[] = [];
  await single();
  for (let round = 0; round < ROUNDS; round += 1) {
    progress(`over HTTP, round ${String(round + 1)}`);
    const peak = await single();
    peaks.push(peak);
    const told = await crowd({ ...job, url: service.url, connections: CONNECTIONS, rate: peak * TIMES_OVER_HTTP });
    if (told.withoutRetryAfter > 0) throw new Error(`${String(told.withoutRetryAfter)} were shed and not told when to come back`);
    rounds.push(told.offered);
    recoveries.push(await elapsed(() => fetch(`${service.url}/health/ready`)));
    memory.push(residentMemory(service.pid)?.peak ?? NaN);
  }
  progress(`${IDLE_CONNECTIONS.toLocaleString('en-US')} idle connections`);
  const without = await single();
  const idle = await openIdle(service.url, IDLE_CONNECTIONS);
  const withIdle = await single();
  idle.close();
  memory.push(residentMemory(service.pid)?.peak ?? NaN);
  const offered = `${String(TIMES_OVER_HTTP)} times the peak offered over HTTP`;
  return [
    row('overload/http', `${offered}: accepted`, 'requests/s', ['service', rounds.map((of) => of.accepted)], ['its peak', peaks], { kind: 'at-least', value: 0.8 }),
    row('overload/http-latency', `${offered}: p99 of what is accepted`, 'ms', ['service', rounds.map((of) => of.p99)], null, { kind: 'at-most', value: 5_000 }),
    row('overload/http-recovery', `${offered}: the first answer afterwards`, 'ms', ['service', recoveries], null, { kind: 'at-most', value: 1_000 }),
    row('overload/idle', `${IDLE_CONNECTIONS.toLocaleString('en-US')} idle connections beside 64 busy ones`, 'requests/s', ['service', [withIdle]], ['without', [without]], { kind: 'at-least', value: 0.8 }),
    row('overload/memory', 'resident memory of the service under all that, its peak', 'MB', ['service', [Math.max(...memory)]], null, { kind: 'at-most', value: 500 }),
  ];
}

async function crowd(job: CrowdJob): Promise<CrowdMessage> {
  const child = fork(CROWD, [JSON.stringify(job)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(([code]: unknown[]) => {
    throw new Error(`the crowd ended with code ${String(code)}`);
  });
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [CrowdMessage];
  await ended.catch(() => undefined);
  return message;
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

type Values = readonly [name: string, values: readonly number[]];

function row(id: string, title: string, unit: ResultRow['unit'], subject: Values, baseline: Values | null, goal: Goal): ResultRow {
  const side = ([name, values]: Values): ResultRow['subject'] => ({ name, value: quartiles(values), cost: null });
  const ratio = baseline === null ? quartiles(subject[1]) : ratios(subject[1], baseline[1]);
  return { id, title, unit, subject: side(subject), baseline: baseline === null ? null : side(baseline), ratio, goal, reached: isReached(ratio.median, goal) };
}
