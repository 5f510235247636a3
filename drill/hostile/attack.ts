import type { Client } from 'pg';
import { Pool, type Dispatcher } from 'undici';
import { z } from 'zod';
import { ApiClient } from '../../scripts/story/api-client.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { Customers } from '../support/customers.js';
import { Prey } from './prey.js';
import { hostileRequest, type HostileRequest } from './request.js';
import { readInterface, type Interface, type Route } from './routes.js';

export interface AttackOptions {
  readonly url: string;
  /** Secret of an operator's key. */
  readonly operator: string;
  /** Sees all rows of the database. */
  readonly database: Client;
  readonly seed: number;
  readonly requestsPerRoute: number;
  /** Only routes whose operation id it finds. */
  readonly routes: RegExp;
  readonly progress: (route: string, statuses: string) => void;
}

export interface AttackReport {
  readonly routes: number;
  readonly requests: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** What should not have been, in words; empty when all is well. */
  readonly findings: readonly string[];
}

const CONNECTIONS = 8;
const FINDINGS_TOLD = 50;
/** Finance may do these to all accounts in one request. */
const ON_ALL_ACCOUNTS: ReadonlySet<string> = new Set(['closeBooks']);
const LONGEST_READ = 15_000;
const problem = z.looseObject({ code: z.string(), status: z.number(), detail: z.string() });
/** Words that come from within: of stacks, of the database, of modules. */
const INSIDE = /\bat \S+ \(|node_modules|\.[jt]s:\d+|pg_catalog|syntax error at or near|violates .* constraint|relation "|TypeError|QueryFailed/;

/** Sends so many hostile requests to every route, and looks at every answer and at the rows that should have stayed as they were. */
export async function attack(options: AttackOptions): Promise<AttackReport> {
  const { url, operator, database, requestsPerRoute } = options;
  const client = new ApiClient(url, undefined, 2);
  const pool = new Pool(url, { connections: CONNECTIONS, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const the = readInterface(await (await fetch(`${url}/openapi.json`)).json());
  // An attack on nothing would find nothing.
  if (!the.routes.some(({ id }) => options.routes.test(id))) throw new Error(`no operation of /openapi.json has an id with ${String(options.routes)}`);
  const customers = await Customers.open(client, operator);
  const prey = await Prey.lay(customers);
  const findings: string[] = [];
  const byStatus: Record<string, number> = {};
  let attacked = 0;
  try {
    for (const [index, route] of the.routes.entries()) {
      if (!options.routes.test(route.id)) continue;
      attacked += 1;
      const raid = new Raid(the, route, await prey.fresh(customers), pool, new SeededRandom(options.seed + index));
      const before = await rowsOf(database, prey.victim.accountId);
      await raid.run(requestsPerRoute);
      const after = await rowsOf(database, prey.victim.accountId);
      for (const table of after.keys()) {
        if (before.get(table) !== after.get(table) && !ON_ALL_ACCOUNTS.has(route.id)) findings.push(`${route.id}: rows of another account changed in ${table}`);
      }
      const booked = await entriesOf(database, raid.refusedKeys);
      if (booked > 0) findings.push(`${route.id}: ${String(booked)} requests were refused and booked`);
      findings.push(...raid.findings);
      for (const [status, count] of Object.entries(raid.byStatus)) byStatus[status] = (byStatus[status] ?? 0) + count;
      options.progress(route.id, [JSON.stringify(raid.byStatus), ...raid.findings].join('\n    '));
    }
  } finally {
    await Promise.all([client.close(), pool.destroy()]);
  }
  return { routes: attacked, requests: attacked * requestsPerRoute, byStatus, findings: findings.slice(0, FINDINGS_TOLD) };
}

/** All requests to one route. */
class Raid {
  readonly findings: string[] = [];
  readonly byStatus: Record<string, number> = {};
  readonly refusedKeys: string[] = [];

  constructor(
    private readonly the: Interface,
    private readonly route: Route,
    private readonly prey: Prey,
    private readonly pool: Pool,
    private readonly random: SeededRandom,
  ) {}

  async run(requests: number): Promise<void> {
    let left = requests;
    const connection = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.sendOne(hostileRequest(this.the, this.route, this.prey, this.random));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  }

  private async sendOne(request: HostileRequest): Promise<void> {
    const { method, path, headers, body } = request;
    let answer: Dispatcher.ResponseData;
    try {
      answer = await this.pool.request({ method: method, path, headers, body: method === 'GET' || method === 'HEAD' ? null : body });
    } catch (error) {
      // An address or a header that no client can send, or that is longer than the service reads: it hangs up on what is left.
      if (path.length > LONGEST_READ || error instanceof TypeError || (error instanceof Error && error.name === 'InvalidArgumentError')) return;
      this.tell(request, `no answer: ${String(error)}`);
      return;
    }
    const { statusCode } = answer;
    this.byStatus[statusCode] = (this.byStatus[statusCode] ?? 0) + 1;
    if (String(answer.headers['content-type']).includes('event-stream')) {
      answer.body.on('error', () => undefined).destroy();
      return;
    }
    this.judge(request, statusCode, answer.headers, await answer.body.text());
  }

  private judge(request: HostileRequest, status: number, headers: Dispatcher.ResponseData['headers'], text: string): void {
    if (status >= 500) this.tell(request, `answered ${String(status)} ${text.slice(0, 300)}`);
    if (headers['x-injected'] !== undefined) this.tell(request, 'put a header into the answer');
    if (status < 300 && !request.entitled) this.tell(request, `${String(status)} for somebody without a right: ${text.slice(0, 200)}`);
    if (status < 400) return;
    if (INSIDE.test(text)) this.tell(request, `told what it is made of: ${text.slice(0, 300)}`);
    const isHead = request.method === 'HEAD';
    if (!isHead && !(String(headers['content-type']).startsWith('application/problem+json') && problem.safeParse(jsonOf(text)).success)) {
      this.tell(request, `${String(status)} without a problem: ${text.slice(0, 200)}`);
    }
    if (request.key !== null) this.refusedKeys.push(request.key);
  }

  private tell({ method, path, body }: HostileRequest, what: string): void {
    this.findings.push(`${this.route.id}: ${what} <- ${method} ${path.slice(0, 300)} ${String(body ?? '').slice(0, 300)}`);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * A digest of all that an account has, table by table; but for when its keys were used last, for the record of attempts on it,
 * which is to grow, and for what the service does by itself meanwhile: it signs heads, samples the burn, and tells everybody of
 * privacy notices.
 */
async function rowsOf(database: Client, accountId: string): Promise<Map<string, string>> {
  const { rows: tables } = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'credits' AND column_name = 'account_id' AND table_name NOT LIKE 'administrative%' AND table_name NOT IN ('signed_head', 'burn_sample') ORDER BY 1`,
  );
  const digests = new Map<string, string>();
  for (const { name } of tables) {
    const { rows } = await database.query<{ digest: string }>(
      `SELECT md5(coalesce(string_agg((to_jsonb(t) - 'last_used_at')::text, '|' ORDER BY to_jsonb(t)::text), '')) AS digest FROM credits.${database.escapeIdentifier(name)} AS t WHERE account_id = $1 AND to_jsonb(t) ->> 'type' IS DISTINCT FROM 'privacy.announced'`,
      [accountId],
    );
    digests.set(name, rows[0]?.digest ?? '');
  }
  return digests;
}

/** How many of these idempotency keys have an entry. */
async function entriesOf(database: Client, keys: readonly string[]): Promise<number> {
  const digests = keys.map((key) => Buffer.from(shortDigest(key), 'hex'));
  const { rows } = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM credits.entry WHERE key_digest = ANY ($1::bytea[])', [digests]);
  return rows[0]?.n ?? 0;
}
