import { FEATURE } from '../workload/catalogue.js';
import { TOKENS, nextAction } from '../workload/debits.js';
import { randomDigest } from '../workload/random.js';
import { BULK_SIZE, type LoadJob } from './job.js';

export interface LoadRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The next request of a job, under idempotency keys that nobody has used. */
export function nextRequest({ kind, accountId, apiKey }: LoadJob): LoadRequest {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const account = `/v1/accounts/${typeof accountId === 'string' ? accountId : next(accountId)}`;
  switch (kind) {
    case 'single':
      return { path: `${account}/debits`, headers: { ...headers, 'idempotency-key': key() }, body: `{${action()}}` };
    case 'no-op':
      return { path: '/v1/noop', headers: { ...headers, 'idempotency-key': key() }, body: `{${action()}}` };
    case 'bulk': {
      const items = Array.from({ length: BULK_SIZE }, () => `{"idempotencyKey":"${key()}",${action()}}`);
      return { path: `${account}/debits/bulk`, headers, body: `{"items":[${items.join(',')}]}` };
    }
  }
}

let turn = 0;

function next(accounts: readonly string[]): string {
  turn = (turn + 1) % accounts.length;
  return accounts[turn] as string;
}

export function debitsOf({ kind }: LoadJob): number {
  return kind === 'bulk' ? BULK_SIZE : 1;
}

function key(): string {
  return randomDigest();
}

/** The members of a debit, as JSON. */
function action(): string {
  const [input, output] = TOKENS[nextAction()] as readonly [number, number];
  return `"feature":"${FEATURE}","usage":{"inputTokens":"${String(input)}","outputTokens":"${String(output)}"}`;
}
