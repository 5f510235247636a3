import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RefusedError, refusal, type ErrorCode, type Refusal } from '../../domain/errors.js';
import { classifyFailure } from '../../ledger/failures.js';
import type { Logger } from '../../platform/logging.js';
import { sendProblem } from './problem.js';

/** Problems of the framework's own, by what it calls them. */
const FRAMEWORK_CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload-too-large', 'A body has at most 1 MiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed-json', 'The body is not as long as Content-Length says.'],
};

/** Turns whatever a request ended with into a problem. What nobody expected is logged, and told to the caller without its words. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly methodsOf: (url: string) => readonly string[],
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  private answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (error instanceof RefusedError) {
      sendProblem(reply, error.refusal);
      return;
    }
    if (request.is404 && error instanceof HttpException) {
      this.answerNotFound(request, reply);
      return;
    }
    sendProblem(reply, this.unexpected(error, request));
  }

  private answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
    const allowed = this.methodsOf(request.url);
    if (allowed.length === 0) {
      sendProblem(reply, refusal('not-found', 'There is nothing at this address: /docs has those that there are.'));
      return;
    }
    void reply.header('allow', allowed.join(', '));
    sendProblem(reply, refusal('method-not-allowed', `This address takes ${allowed.join(', ')}.`));
  }

  private unexpected(error: unknown, request: FastifyRequest): Refusal {
    const known = FRAMEWORK_CODES[codeOf(error)];
    if (known !== undefined) return refusal(...known);
    const failure = classifyFailure(error, false);
    this.logger.error({ err: error, requestId: request.id, route: request.routeOptions.url }, 'a request failed');
    if (failure === 'connection-lost' || failure === 'transient') {
      return refusal('database-unavailable', 'The database cannot be reached. Nothing was changed: send the same request again.');
    }
    return refusal('internal-error', 'The service failed on this request.');
  }
}

/** Nest wraps errors of the framework beneath it; the code stays on the cause. */
function codeOf(error: unknown): string {
  for (let next = error; typeof next === 'object' && next !== null; next = (next as { cause?: unknown }).cause) {
    const { code } = next as { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return '';
}
