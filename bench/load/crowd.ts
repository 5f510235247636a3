import { Pool } from 'undici';
import { openLoop, type Fate, type Offered } from './open-loop.js';
import { nextRequest } from './requests.js';
import type { LoadJob } from './job.js';

/** What a process of many uncoordinated clients is told to do. */
export interface CrowdJob extends Omit<LoadJob, 'kind'> {
  /** Requests a second. */
  readonly rate: number;
}

export interface CrowdMessage {
  readonly offered: Offered;
  /** Shed requests that did not say when to come back. */
  readonly withoutRetryAfter: number;
}

async function main(): Promise<void> {
  const job = JSON.parse(process.argv[2] ?? '') as CrowdJob;
  const pool = new Pool(job.url, { connections: job.connections, pipelining: 1, connect: { timeout: 30_000 } });
  let withoutRetryAfter = 0;
  const operation = async (): Promise<Fate> => {
    const { path, headers, body } = nextRequest({ ...job, kind: 'single' });
    const answer = await pool.request({ method: 'POST', path, headers, body });
    const text = await answer.body.text();
    if (answer.statusCode === 201) return 'accepted';
    if (answer.statusCode !== 503) throw new Error(`${String(answer.statusCode)} ${text}`);
    if (answer.headers['retry-after'] === undefined) withoutRetryAfter += 1;
    return 'shed';
  };
  const offered = await openLoop({ rate: job.rate, warmUpMs: job.warmUpMs, windowMs: job.windowMs, operation });
  await pool.close();
  process.send?.({ offered, withoutRetryAfter } satisfies CrowdMessage);
}

await main();
process.disconnect();
