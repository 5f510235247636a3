import type { FastifyReply } from 'fastify';
import type { ErrorCode, Refusal } from '../../domain/errors.js';
import { PROBLEMS } from './problem-table.js';

/** One part of a request that is wrong, where there may be several. */
export interface ProblemDetail {
  readonly detail: string;
  /** JSON pointer into the body. */
  readonly pointer?: string;
  /** Name of the query parameter, where it is one. */
  readonly parameter?: string;
}

/** A refusal that names several wrong parts at once. */
export interface DetailedRefusal extends Refusal {
  readonly errors?: readonly ProblemDetail[];
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export function problemPath(code: ErrorCode): string {
  return `/problems/${code}`;
}

/** RFC 9457. `instance` is the request's id, by which the service's log knows it. */
export function problemJson(refused: DetailedRefusal, requestId: string): string {
  const { code, detail, pointer, errors, data } = refused;
  const { status, title } = PROBLEMS[code];
  return JSON.stringify({ type: problemPath(code), title, status, code, detail, instance: requestId, pointer, errors, data });
}

export function sendProblem(reply: FastifyReply, refused: DetailedRefusal): FastifyReply {
  const { status, retryAfter } = PROBLEMS[refused.code];
  if (retryAfter !== undefined && !reply.hasHeader('retry-after')) void reply.header('retry-after', String(retryAfter));
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="credits"');
  reply.request.problemCode = refused.code;
  return reply.code(status).header('content-type', PROBLEM_TYPE).send(problemJson(refused, reply.request.id));
}
