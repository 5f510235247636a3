import type { FastifyRequest } from 'fastify';
import type { Requester } from '../../operations/keyed-request.js';
import type { Caller } from './caller.js';

/** The caller of a route that is not public. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('a route that needs a caller was reached without one');
  return request.caller;
}

export function requesterOf(request: FastifyRequest): Requester {
  return { actor: callerOf(request).actor, idempotencyKey: request.idempotencyKey, origin: request.ip };
}
