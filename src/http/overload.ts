import type { FastifyInstance } from 'fastify';
import { refusal } from '../domain/errors.js';
import { sendProblem } from './problems/problem.js';

/**
 * Takes so many requests at once, and sends the others away before a byte of them is parsed: who has to wait for longer
 * than it pays is told so at once, and what is taken is answered in bounded time, from bounded memory. Health is always told.
 */
export function shedBeyond(server: FastifyInstance, requestsAtOnce: number): void {
  let underWay = 0;
  server.addHook('onRequest', (request, reply, done) => {
    underWay += 1;
    if (underWay > requestsAtOnce && !request.url.startsWith('/health/')) {
      sendProblem(reply, refusal('overloaded', 'More requests are under way than this instance takes. Send the same request again.'));
      return;
    }
    done();
  });
  // Once for each request, also for one whose client has gone.
  server.addHook('onResponse', (_request, _reply, done) => {
    underWay -= 1;
    done();
  });
}
