import { Pool } from 'undici';
import { quantile } from '../harness/statistics.js';
import type { LoadJob, LoadMessage } from './job.js';
import { debitsOf, nextRequest } from './requests.js';

/** A process of its own: keeps a number of connections busy, each with one request at a time, and counts the answers. */
async function main(): Promise<void> {
  const job = JSON.parse(process.argv[2] ?? '') as LoadJob;
  const pool = new Pool(job.url, { connections: job.connections, pipelining: 1 });
  const debits = debitsOf(job);
  const latencies: number[] = [];
  let running = true;
  let counting = false;
  let allOperations = 0;
  const keepBusy = async (): Promise<void> => {
    while (running) {
      const { path, headers, body } = nextRequest(job);
      const begun = performance.now();
      const answer = await pool.request({ method: 'POST', path, headers, body });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${path} answered ${String(answer.statusCode)}: ${text.slice(0, 500)}`);
      if (job.kind === 'bulk' && text.includes('"problem"')) throw new Error(`an item of a bulk was refused: ${text.slice(0, 500)}`);
      allOperations += debits;
      if (counting) latencies.push(performance.now() - begun);
    }
  };
  const connections = Promise.all(Array.from({ length: job.connections }, keepBusy));
  const observe = async (): Promise<number> => {
    await pause(job.warmUpMs);
    tell({ type: 'window-begun' });
    const begun = performance.now();
    counting = true;
    await pause(job.windowMs);
    counting = false;
    running = false;
    return (performance.now() - begun) / 1_000;
  };
  const [seconds] = await Promise.all([observe(), connections]);
  await pool.close();
  tell({
    type: 'window-ended',
    operations: latencies.length * debits,
    allOperations,
    seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  });
}

function tell(message: LoadMessage): void {
  process.send?.(message);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await main();
// The channel to the parent would keep this process alive.
process.disconnect();
