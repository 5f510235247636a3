import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiBody, ApiExtension, ApiOperation, ApiResponse, type ApiBodyOptions } from '@nestjs/swagger';
import type { z } from 'zod';
import type { ErrorCode } from '../../domain/errors.js';

export interface Documented {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** The status of success; 200 unless said otherwise. */
  readonly status?: number;
  readonly answer?: z.ZodType;
  /** The type of what is answered, where it is a file and no JSON. */
  readonly file?: string;
  /** What is answered with 202, where a request may have to wait for somebody else. */
  readonly pending?: z.ZodType;
  /** The body, where the handler reads it by hand. */
  readonly body?: z.ZodType;
  /** Problems of this operation's own; those that every operation has are added to them. */
  readonly problems?: readonly ErrorCode[];
}

/** Where the document keeps an operation's own problems until they become answers. */
export const OWN_PROBLEMS = 'x-problems';

/** Says what an endpoint does, answers and refuses: once, for the status that it sends and for /openapi.json. */
export function Operation({ id, summary, description, status = 200, answer, file, pending, body, problems = [] }: Documented): MethodDecorator {
  return applyDecorators(
    HttpCode(status),
    ApiOperation({ operationId: id, summary, ...(description === undefined ? {} : { description }) }),
    ApiResponse({ status, description: 'Done.', ...(answer === undefined ? {} : { standardSchema: answer }), ...(file === undefined ? {} : { content: { [file]: { schema: { type: 'string' } } } }) }),
    ...(pending === undefined ? [] : [ApiResponse({ status: 202, description: 'Waits for a second operator.', standardSchema: pending })]),
    ApiExtension(OWN_PROBLEMS, problems),
    ...(body === undefined ? [] : [ApiBody({ standardSchema: body } as ApiBodyOptions)]),
  );
}
