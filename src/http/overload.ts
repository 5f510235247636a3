import { createServer, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyServerFactory } from 'fastify';
import { refusal } from '../domain/errors.js';
import { PROBLEM_TYPE, problemJson } from './problems/problem.js';
import { PROBLEMS } from './problems/problem-table.js';

const OVERLOADED = refusal('overloaded', 'More requests are under way than this instance takes. Send the same request again.');
const { status: STATUS, retryAfter: RETRY_AFTER_S = 1 } = PROBLEMS.overloaded;
/** Requests that one connection may have sent before the first of them is answered: a client that asks on and never reads is heaped up no answers. */
const MOST_PIPELINED = 16;

/**
 * Takes so many requests at once, and sends the others away before the framework has seen them, let alone parsed or checked
 * anything: sending away has to cost a small part of what an answer costs, or a crowd keeps the service from answering at
 * all. What is taken is answered in bounded time, from bounded memory. Health is always told.
 */
export class Shedding {
  private readonly underWay = new Set<ServerResponse>();
  /** By connection: what is not answered yet, or not taken by the client. */
  private readonly open = new WeakMap<Socket, Set<ServerResponse>>();

  constructor(
    private readonly requestsAtOnce: number,
    private readonly requestId: () => string,
  ) {}

  /** The server below the framework. */
  readonly server: FastifyServerFactory = (handle, { http, keepAliveTimeout, requestTimeout, connectionTimeout }): Server => {
    // What the framework gives to a server of its own, whose options it has checked.
    const timeouts = { keepAliveTimeout, requestTimeout } as Pick<ServerOptions, 'keepAliveTimeout' | 'requestTimeout'>;
    const server = createServer({ ...(http as ServerOptions | undefined), ...timeouts }, (request, response) => {
      const open = this.openOn(request.socket);
      if (open.size >= MOST_PIPELINED || (this.underWay.size >= this.requestsAtOnce && request.url?.startsWith('/health/') !== true)) {
        this.shed(response);
        return;
      }
      open.add(response);
      this.underWay.add(response);
      response.once('close', () => {
        open.delete(response);
        this.underWay.delete(response);
      });
      handle(request, response);
    });
    return server.setTimeout(connectionTimeout as number);
  };

  /** An answer that is whole is not under way any more, even where its client does not take it: that costs nobody else their turn. */
  freeOnceAnswered(server: FastifyInstance): void {
    server.addHook('onSend', (_request, reply, payload, done) => {
      if (typeof payload === 'string' || Buffer.isBuffer(payload)) this.underWay.delete(reply.raw);
      done();
    });
  }

  private openOn(socket: Socket): Set<ServerResponse> {
    const known = this.open.get(socket);
    if (known !== undefined) return known;
    const open = new Set<ServerResponse>();
    this.open.set(socket, open);
    // An answer that waits behind another one is not told when their connection ends.
    socket.once('close', () => {
      for (const response of open) this.underWay.delete(response);
    });
    return open;
  }

  /** The body, if there is one, is passed over by Node, so that the connection can be used again. */
  private shed(response: ServerResponse): void {
    const body = problemJson(OVERLOADED, this.requestId());
    response.writeHead(STATUS, { 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body), 'retry-after': String(RETRY_AFTER_S) }).end(body);
  }
}
