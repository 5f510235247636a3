import { openLedger } from '../subjects/engine.js';
import { newDebit } from '../workload/debits.js';
import type { EngineJob, EngineResult } from './engine-job.js';

/** A process of its own with an engine in it, so that what it is made of can differ: rounds of debits on one account. */
process.on('message', (job: EngineJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function run({ writerUrl, accountId, callers, warmUpMs, windowMs }: EngineJob): Promise<EngineResult> {
  const ledger = openLedger({ urls: { writer: writerUrl } });
  let running = true;
  let counting = false;
  let operations = 0;
  const call = async (): Promise<void> => {
    while (running) {
      const verdict = await ledger.execute(newDebit(accountId));
      if (!verdict.ok) throw new Error(`a debit was refused: ${verdict.refusal.code}: ${verdict.refusal.detail}`);
      if (counting) operations += 1;
    }
  };
  const observe = async (): Promise<number> => {
    await pause(warmUpMs);
    const begun = performance.now();
    counting = true;
    await pause(windowMs);
    counting = false;
    running = false;
    return (performance.now() - begun) / 1_000;
  };
  const [seconds] = await Promise.all([observe(), ...Array.from({ length: callers }, call)]);
  await ledger.drain();
  return { rate: operations / seconds };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
