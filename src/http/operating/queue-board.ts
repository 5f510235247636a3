import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createBullBoard } from '@bull-board/api';
import type { AppControllerRoute, AppViewRoute, BullBoardQueues, IServerAdapter, UIConfig } from '@bull-board/api/typings/app';
import type { FastifyInstance } from 'fastify';
import { refusal } from '../../domain/errors.js';
import { sendProblem } from '../problems/problem.js';
import type { VisibleQueues } from './visible-queues.js';

const PLACE = '/queues';
/** Everything comes from here, and no script is inline. The board's own styles are, in part. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
};
/** What it says of Redis tells more of the machine than of the queues. */
const LEFT_OUT: ReadonlySet<string> = new Set(['/api/redis/stats']);

/** What bull-board hands to a web server. Taken as it is; only what reads is served. */
class Board implements IServerAdapter {
  queues: BullBoardQueues = new Map() as BullBoardQueues;
  routes: readonly AppControllerRoute[] = [];
  entry: AppViewRoute | null = null;
  config: UIConfig = {};

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }
  setViewsPath(): this {
    return this;
  }
  setStaticPath(): this {
    return this;
  }
  setEntryRoute(route: AppViewRoute): this {
    this.entry = route;
    return this;
  }
  setErrorHandler(): this {
    return this;
  }
  setApiRoutes(routes: AppControllerRoute[]): this {
    this.routes = routes;
    return this;
  }
  setUIConfig(config: UIConfig): this {
    this.config = config;
    return this;
  }
}

/**
 * bull-board at /queues, for operators to look at: jobs, what they wait for, and when schedules run next. Its pages and files
 * are the same for everybody; what they show they ask for with an operator's session. None of its buttons is there: what is in
 * the queues follows from the database, and is put back or replayed over the API.
 */
export function serveQueueBoard(server: FastifyInstance, queues: VisibleQueues): void {
  const board = new Board();
  createBullBoard({ queues: [...queues.adapters], serverAdapter: board, options: { uiConfig: { boardTitle: 'Queues', hideRedisDetails: true } } });
  const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')), 'dist');
  servePages(server, board, folder);
  for (const route of board.routes) {
    if (![route.method].flat().includes('get')) continue;
    for (const url of [route.route].flat()) {
      if (LEFT_OUT.has(url)) continue;
      server.get(PLACE + url, async (request, reply) => {
        const { params, query, headers } = request as { params: Record<string, string>; query: Record<string, string>; headers: Record<string, string> };
        const answer = await route.handler({ queues: board.queues, uiConfig: board.config, params, query, body: {}, headers });
        return reply.code(answer.status ?? 200).header('cache-control', 'no-store').send(answer.body);
      });
    }
  }
}

function servePages(server: FastifyInstance, board: Board, folder: string): void {
  const files = new Set(readdirSync(path.join(folder, 'static'), { recursive: true, encoding: 'utf8' }).map((file) => file.split(path.sep).join('/')));
  // Its fonts would come from elsewhere: whoever looks at a queue need not be known there.
  const template = readFileSync(path.join(folder, 'index.ejs'), 'utf8').replaceAll(/<link href="https?:[^>]*>/g, '');
  server.get(`${PLACE}/static/*`, (request, reply) => {
    const name = (request.params as Readonly<Record<string, string>>)['*'] ?? '';
    const type = TYPES[path.extname(name).slice(1)];
    if (!files.has(name) || type === undefined) return sendProblem(reply, refusal('not-found', 'There is no such file.'));
    return reply.header('content-type', type).header('x-content-type-options', 'nosniff').header('cache-control', 'public, max-age=3600').send(readFileSync(path.join(folder, 'static', name)));
  });
  for (const url of ['', '/', '/queue/:queueName', '/queue/:queueName/:jobId']) {
    server.get(PLACE + url, (_request, reply) => {
      const params = (board.entry?.handler({ basePath: PLACE, uiConfig: board.config }) as { params: Readonly<Record<string, string>> } | undefined)?.params ?? {};
      const page = template.replaceAll(/<%([=-]) (\w+) %>/g, (_all, kind: string, name: string) => (kind === '-' ? params[name] : escaped(params[name])) ?? '');
      return reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('content-security-policy', POLICY)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .send(page);
    });
  }
}

function escaped(text = ''): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
