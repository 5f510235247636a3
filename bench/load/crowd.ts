import { closedLoopOf, openLoop, type Fate, type Offered } from './open-loop.js';
import { PlainPool } from './plain-pool.js';
import { nextRequest } from './requests.js';
import type { LoadJob } from './job.js';

/** What a process of many uncoordinated clients is told to do. */
export interface CrowdJob extends Omit<LoadJob, 'kind'> {
  /** Requests a second; null: each connection asks again once it was answered. */
  readonly rate: number | null;
}

export interface CrowdMessage {
  readonly offered: Offered;
  /** Shed requests that did not say when to come back. */
  readonly withoutRetryAfter: number;
}

async function main(): Promise<void> {
  const job = JSON.parse(process.argv[2] ?? '') as CrowdJob;
  const pool = await PlainPool.open(job.url, job.connections);
  let withoutRetryAfter = 0;
  const operation = async (): Promise<Fate> => {
    const { path, headers, body } = nextRequest({ ...job, kind: 'single' });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await pool.send(`POST ${path} HTTP/1.1\r\nhost: bench\r\n${lines.join('')}content-length: ${String(body.length)}\r\n\r\n${body}`);
    if (answer.status === 201) return 'accepted';
    if (answer.status !== 503) throw new Error(answer.head);
    if (!/\r\nretry-after: \d/i.test(answer.head)) withoutRetryAfter += 1;
    return 'shed';
  };
  const { rate, warmUpMs, windowMs, connections } = job;
  const offered = await (rate === null ? closedLoopOf({ callers: connections, warmUpMs, windowMs, operation }) : openLoop({ rate, warmUpMs, windowMs, operation }));
  pool.close();
  process.send?.({ offered, withoutRetryAfter } satisfies CrowdMessage);
}

await main();
process.disconnect();
