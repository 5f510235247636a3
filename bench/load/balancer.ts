import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

/** One way in: to the first so many of the instances, by account or in turn. */
export interface Front {
  readonly instances: number;
  /** An account's requests all go to the same instance. */
  readonly byAccount: boolean;
}

export interface BalancerJob {
  readonly urls: readonly string[];
  readonly fronts: readonly Front[];
}

/** The address of each front, in order. */
export interface BalancerMessage {
  readonly urls: readonly string[];
}

const ACCOUNT = /^\/v1\/accounts\/([^/?]+)/;
/** Of one hop: they are not passed on. */
const OF_THE_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

/** Which of so many instances an account belongs to: a hash of its id, so that every balancer decides alike. */
function placeOf(accountId: string, instances: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < accountId.length; i += 1) hash = Math.imul(hash ^ accountId.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % instances;
}

async function open(pools: readonly Pool[], { instances, byAccount }: Front): Promise<Server> {
  let turn = 0;
  const choose = (path: string): Pool => {
    const account = byAccount ? ACCOUNT.exec(path)?.[1] : undefined;
    turn += 1;
    return pools[account === undefined ? turn % instances : placeOf(account, instances)] as Pool;
  };
  const server = createServer((request, response) => {
    forward(choose(request.url ?? '/'), request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'content-length': 0 }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function forward(pool: Pool, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !OF_THE_HOP.has(name)));
  const answer = await pool.request({ method: request.method as 'POST', path: request.url ?? '/', headers, body: Buffer.concat(chunks) });
  const body = Buffer.from(await answer.body.arrayBuffer());
  for (const name of OF_THE_HOP) Reflect.deleteProperty(answer.headers, name);
  response.writeHead(answer.statusCode, answer.headers).end(body);
}

/** A process of its own, like a balancer in life: what it costs is no instance's. */
async function main(): Promise<void> {
  const { urls, fronts } = JSON.parse(process.argv[2] ?? '') as BalancerJob;
  const pools = urls.map((url) => new Pool(url, { connections: 256, pipelining: 1 }));
  const servers = await Promise.all(fronts.map((front) => open(pools, front)));
  process.send?.({ urls: servers.map((server) => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`) } satisfies BalancerMessage);
}

await main();
