import { systemWallClock } from '../../src/platform/wall-clock.js';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { LedgerEvent } from '../../src/domain/event.js';
import { amount } from '../../src/domain/credits.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { Dispatch } from '../../src/workers/dispatch.js';
import { queueBackend } from '../../src/workers/queue-backend.js';
import type { BenchDatabase } from '../harness/database.js';
import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare, isReached, type Goal, type ResultRow } from '../harness/row.js';
import { runOnce, type Contestant } from '../harness/run.js';
import { quantile, quartiles } from '../harness/statistics.js';
import { openLedger } from '../subjects/engine.js';
import { numberedAccounts } from '../workload/accounts.js';
import { newDebit } from '../workload/debits.js';
import { randomDigest } from '../workload/random.js';
import { grant, seedAccounts } from '../workload/seed.js';

const CROSSINGS_A_SECOND = 200;
const TICK_MS = 25;
/** The balance that accounts begin with: each debit takes them below, and what is given back a hair above. */
const THRESHOLD = '1000000000';
const HAIR = amount('0.000000001');

/** Crossings that are delivered beside the debits, to a real receiver on the same machine. */
export const alerts: Measure = {
  id: 'alerts',
  async run({ database, scale }) {
    const debited = numberedAccounts('alerts-debited', 1_000);
    const crossing = numberedAccounts('alerts-crossing', CROSSINGS_A_SECOND);
    await seedAccounts(database, [...debited, ...crossing], 1);
    await setRules(database, crossing);
    let next = 0;
    const account = (): string => debited[(next += 1) % debited.length] as string;
    const rows: ResultRow[] = [];
    for (const redisUrl of [null, ...(process.env['REDIS_URL'] === undefined ? [] : [process.env['REDIS_URL']])]) {
      const kind = redisUrl === null ? 'PostgreSQL' : 'Redis';
      const latencies: number[] = [];
      const loop = { callers: 256, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs };
      const contestant = (delivered: boolean): Contestant => withCrossings(database, { account, crossing, delivered, redisUrl, latencies });
      const runs = await alternate(scale.rounds, {
        delivered: () => runOnce(database, contestant(true), loop),
        down: () => runOnce(database, contestant(false), loop),
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
        latencyRow(`alerts/latency-p50-${kind}`, `commit to webhook, half of them, queue in ${kind}`, latencies, 0.5, { kind: 'at-most', value: 50 }),
        latencyRow(`alerts/latency-p99-${kind}`, `commit to webhook, 99 of 100, queue in ${kind}`, latencies, 0.99, { kind: 'at-most', value: 500 }),
      );
    }
    return rows;
  },
};

function latencyRow(id: string, title: string, latencies: readonly number[], p: number, goal: Goal): ResultRow {
  const value = latencies.length === 0 ? NaN : quantile(latencies, p);
  const only = quartiles([value]);
  return { id, title, unit: 'ms', subject: { name: `${String(latencies.length)} webhooks`, value: only, cost: null }, baseline: null, ratio: only, goal, reached: isReached(value, goal) };
}

async function setRules(database: BenchDatabase, accounts: readonly string[]): Promise<void> {
  const ledger = openLedger(database);
  await Promise.all(
    accounts.map((accountId) =>
      ledger.execute({
        type: 'change-alert-rules',
        accountId,
        actor: 'key:bench',
        keyDigest: randomDigest(),
        fingerprint: randomDigest(),
        ruleId: 'bench',
        rule: { ruleId: 'bench', event: 'balance.below', credits: THRESHOLD, muted: false, mail: [], webhooks: true },
        mustExist: false,
      }),
    ),
  );
  await ledger.drain();
}

interface Crossings {
  readonly account: () => string;
  readonly crossing: readonly string[];
  readonly delivered: boolean;
  readonly redisUrl: string | null;
  readonly latencies: number[];
}

/** Debits at full speed, with accounts beside them that cross their thresholds; delivered, or left in the outbox. */
function withCrossings(database: BenchDatabase, { account, crossing, delivered, redisUrl, latencies }: Crossings): Contestant {
  return {
    async open() {
      const committed = new Map<string, number>();
      let dispatch: Dispatch | null = null;
      const ledger = openLedger(database, () => dispatch?.wake());
      const dataSource = serviceDataSource({ url: database.urls.writer, poolSize: 10, applicationName: 'bench-dispatch', onPoolError: () => undefined });
      const receiver = await receive((event, at) => {
        const since = committed.get(`${event.accountId} ${String(event.seq)}`);
        if (since !== undefined) latencies.push(Math.max(0, at - since));
      });
      if (delivered) {
        await dataSource.initialize();
        dispatch = new Dispatch({
          database: dataSource,
          backend: queueBackend({ redisUrl, writerUrl: database.urls.writer }),
          targetsOf: (_manager, events) => Promise.resolve(events.map(({ type }) => (type === 'balance.below' ? [{ kind: 'webhook' as const, id: 'bench' }] : []))),
          deliver: { mail: receiver.post, webhook: receiver.post },
          clock: () => performance.now(),
          wallNow: () => systemWallClock.now(),
          onFailure: (error) => process.stderr.write(`delivery failed: ${String(error)}\n`),
        });
      }
      let at = 0;
      const timer = setInterval(() => {
        for (let i = 0; i < (CROSSINGS_A_SECOND * TICK_MS) / 1_000; i += 1) {
          at += 1;
          void cross(ledger, crossing[at % crossing.length] as string, committed);
        }
      }, TICK_MS);
      return {
        operation: async () => {
          const verdict = await ledger.execute(newDebit(account()));
          if (!verdict.ok) throw new Error(`a debit was refused: ${verdict.refusal.code}`);
        },
        close: async () => {
          clearInterval(timer);
          await ledger.drain();
          await dispatch?.stop();
          if (delivered) await dataSource.destroy();
          await receiver.close();
          // What was left is not the next round's.
          await database.admin.query('UPDATE credits.outbox SET published_at = now() WHERE published_at IS NULL');
          await database.admin.query(`UPDATE credits.delivery SET state = 'dropped' WHERE state = 'pending'`);
        },
      };
    },
  };
}

async function cross(ledger: Ledger, accountId: string, committed: Map<string, number>): Promise<void> {
  const verdict = await ledger.execute(newDebit(accountId));
  if (!verdict.ok) return;
  committed.set(`${accountId} ${String(verdict.entry.seq)}`, performance.now());
  await ledger.execute(grant(accountId, verdict.entry.credits.add(HAIR)));
}

type Post = (event: LedgerEvent) => Promise<{ readonly ok: true; readonly status: number; readonly at: number }>;

async function receive(taken: (event: LedgerEvent, at: number) => void): Promise<{ readonly post: Post; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      taken(JSON.parse(Buffer.concat(chunks).toString()) as LedgerEvent, performance.now());
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  return {
    post: async (event) => {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(event) });
      await response.arrayBuffer();
      return { ok: true, status: response.status, at: systemWallClock.now() };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
