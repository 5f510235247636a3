import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { openBenchDatabase, type BenchDatabase } from '../harness/database.js';
import type { Measure } from '../harness/measure.js';
import { alternate, ratios } from '../harness/rounds.js';
import { isReached, type ResultRow } from '../harness/row.js';
import { quartiles } from '../harness/statistics.js';
import type { EngineJob, EngineResult } from '../load/engine-job.js';
import type { ReadingJob, ReadingResult } from '../load/reading-job.js';
import { createCatalogue } from '../workload/catalogue.js';
import { seedAccounts, seedHistory } from '../workload/seed.js';

const VERIFIED = 'proof-verified';
const CHAINED = 'proof-chained';
const UNCHAINED = 'proof-unchained';
const CALLERS = 256;
const PAIRS = 15;
const VERIFICATIONS = 3;
const LEAST_SHARE = { kind: 'at-least', value: 0.25 } as const;
const MOST_MEMORY = { kind: 'at-most', value: 300 } as const;
const LEAST_RATE = { kind: 'at-least', value: 0.9 } as const;

/**
 * What proof costs: to verify and to reconcile a long ledger, beside just reading the same rows; and to chain each debit, beside the same
 * engine without a chain. In a database of its own, because what is booked without a chain cannot be verified afterwards.
 */
export const proof: Measure = {
  id: 'proof',
  async run({ scale, progress }) {
    const database = await openBenchDatabase(process.env.DATABASE_URL);
    try {
      await createCatalogue(database.admin);
      await seedAccounts(database, [VERIFIED], 3);
      progress(`booking ${scale.longHistory.toLocaleString('en-US')} debits`);
      await seedHistory(database, VERIFIED, scale.longHistory);
      await database.admin.query('VACUUM ANALYZE');
      progress('verifying, reconciling, and reading the same rows, in turn');
      const reading = await verification(database);
      await seedAccounts(database, [CHAINED, UNCHAINED], 3);
      progress(`${String(PAIRS)} pairs with and without a chain`);
      return [...reading, await chain(database, scale)];
    } finally {
      await database.close();
    }
  },
};

async function verification({ urls }: BenchDatabase): Promise<ResultRow[]> {
  const runs = await alternate(VERIFICATIONS, {
    verify: () => readingProcess({ readerUrl: urls.reader, kind: 'verify' }),
    reconcile: () => readingProcess({ readerUrl: urls.reader, kind: 'reconcile' }),
    select: () => readingProcess({ readerUrl: urls.reader, kind: 'select' }),
  });
  for (const kind of ['verify', 'reconcile'] as const) {
    const wrong = runs[kind].find(({ differences }) => differences > 0);
    if (wrong !== undefined) throw new Error(`to ${kind} a ledger that nobody touched found ${String(wrong.differences)} differences`);
  }
  return [...rowsOf('verifying', 'verifier', runs.verify, runs.select), ...rowsOf('reconciling', 'reconciler', runs.reconcile, runs.select)];
}

/** How fast, beside the plain reading, and with how much memory. */
function rowsOf(what: 'verifying' | 'reconciling', who: string, runs: readonly ReadingResult[], selects: readonly ReadingResult[]): ResultRow[] {
  const rates = (results: readonly ReadingResult[]): number[] => results.map(({ rows, seconds }) => rows / seconds);
  const ratio = ratios(rates(runs), rates(selects));
  const memory = quartiles(runs.map(({ residentMb }) => residentMb));
  const rows = runs[0]?.rows ?? 0;
  return [
    {
      id: `proof/${what}`,
      title: `${what} ${rows.toLocaleString('en-US')} entries and postings`,
      unit: 'rows/s',
      subject: { name: who, value: quartiles(rates(runs)), cost: null },
      baseline: { name: 'SELECT', value: quartiles(rates(selects)), cost: null },
      ratio,
      goal: LEAST_SHARE,
      reached: isReached(ratio.median, LEAST_SHARE),
    },
    {
      id: `proof/${what}-memory`,
      title: `resident memory of the ${who}, its peak`,
      unit: 'MB',
      subject: { name: who, value: memory, cost: null },
      baseline: null,
      ratio: memory,
      goal: MOST_MEMORY,
      reached: isReached(memory.median, MOST_MEMORY),
    },
  ];
}

async function readingProcess(job: ReadingJob): Promise<ReadingResult> {
  const child = fork(path.join(import.meta.dirname, '../load/reading-process.js'), [JSON.stringify(job)]);
  const ended = once(child, 'exit');
  const answered = once(child, 'message') as Promise<[ReadingResult]>;
  const first = await Promise.race([answered, ended.then(() => null)]);
  await ended;
  if (first === null) throw new Error(`the process that was to ${job.kind} ended without an answer`);
  return first[0];
}

async function chain({ urls }: BenchDatabase, scale: { readonly warmUpMs: number; readonly windowMs: number }): Promise<ResultRow> {
  const script = path.join(import.meta.dirname, '../load/engine-process.js');
  const hooks = new URL('../baselines/without-chain.js', import.meta.url).href;
  const chained = fork(script);
  const unchained = fork(script, { execArgv: ['--import', hooks] });
  const rate = (child: ChildProcess, accountId: string) => () =>
    engineRun(child, { writerUrl: urls.writer, accountId, callers: CALLERS, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs });
  try {
    const runs = await alternate(PAIRS, { chained: rate(chained, CHAINED), unchained: rate(unchained, UNCHAINED) });
    const ratio = ratios(runs.chained, runs.unchained);
    return {
      id: 'proof/chain',
      title: `one hot account, ${String(CALLERS)} callers, with the hash chain, ${String(PAIRS)} pairs`,
      unit: 'debits/s',
      subject: { name: 'chained', value: quartiles(runs.chained), cost: null },
      baseline: { name: 'without', value: quartiles(runs.unchained), cost: null },
      ratio,
      goal: LEAST_RATE,
      reached: isReached(ratio.median, LEAST_RATE),
    };
  } finally {
    chained.kill();
    unchained.kill();
  }
}

async function engineRun(child: ChildProcess, job: EngineJob): Promise<number> {
  const watch = new AbortController();
  const ended = once(child, 'exit', { signal: watch.signal }).then(
    () => null,
    () => null,
  );
  const answered = once(child, 'message', { signal: watch.signal }) as Promise<[EngineResult]>;
  // Where the process ends first, nobody waits for its answer any more.
  answered.catch(() => undefined);
  child.send(job);
  const answer = await Promise.race([answered, ended]);
  watch.abort();
  if (answer === null) throw new Error('a process with an engine ended without an answer');
  return answer[0].rate;
}
