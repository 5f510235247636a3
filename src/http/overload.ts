import { createServer, type ServerOptions, type ServerResponse } from 'node:http';
import type { FastifyServerFactory } from 'fastify';
import { refusal } from '../domain/errors.js';
import { PROBLEM_TYPE, problemJson } from './problems/problem.js';
import { PROBLEMS } from './problems/problem-table.js';

const OVERLOADED = refusal('overloaded', 'More requests are under way than this instance takes. Send the same request again.');
const { status: STATUS, retryAfter: RETRY_AFTER_S = 1 } = PROBLEMS.overloaded;

/**
 * Takes so many requests at once, and sends the others away before the framework has seen them, let alone parsed or checked
 * anything: sending away has to cost a small part of what an answer costs, or a crowd keeps the service from answering at
 * all. What is taken is answered in bounded time, from bounded memory. Health is always told.
 */
export function shedBeyond(requestsAtOnce: number, requestId: () => string): FastifyServerFactory {
  let underWay = 0;
  const over = (): void => {
    underWay -= 1;
  };
  return (handle, { http, keepAliveTimeout, requestTimeout, connectionTimeout }) => {
    // What the framework gives to a server of its own, whose options it has checked.
    const timeouts = { keepAliveTimeout, requestTimeout } as Pick<ServerOptions, 'keepAliveTimeout' | 'requestTimeout'>;
    const server = createServer({ ...(http as ServerOptions | undefined), ...timeouts }, (request, response) => {
      if (underWay >= requestsAtOnce && request.url?.startsWith('/health/') !== true) {
        shed(response, requestId());
        return;
      }
      underWay += 1;
      // Once for each request, also for one whose client has gone.
      response.once('close', over);
      handle(request, response);
    });
    return server.setTimeout(connectionTimeout as number);
  };
}

/** Its body, if there is one, is passed over by Node, so that the connection can be used again. */
function shed(response: ServerResponse, requestId: string): void {
  const body = problemJson(OVERLOADED, requestId);
  response.writeHead(STATUS, { 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body), 'retry-after': RETRY_AFTER_S }).end(body);
}
