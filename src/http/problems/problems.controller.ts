import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ERROR_CODES, refuse } from '../../domain/errors.js';
import { Operation } from '../openapi/operation.js';
import { PROBLEMS } from './problem-table.js';
import { problemPath } from './problem.js';

const kind = z
  .strictObject({ type: z.string(), code: z.enum(ERROR_CODES), status: z.int(), title: z.string(), worthAnotherTry: z.boolean() })
  .meta({ id: 'ProblemKind' });
const kinds = z.strictObject({ items: z.array(kind) }).meta({ id: 'ProblemKinds' });

/** What the `type` of a problem leads to. */
@ApiTags('Problems')
@Controller('problems')
export class ProblemsController {
  @Get()
  @Operation({ id: 'listProblems', summary: 'Every problem that the service may answer with', answer: kinds })
  list(): z.infer<typeof kinds> {
    return { items: ERROR_CODES.map(kindOf) };
  }

  @Get(':code')
  @Operation({ id: 'getProblem', summary: 'What a problem means', answer: kind, problems: ['not-found'] })
  get(@Param('code') code: string): z.infer<typeof kind> {
    const known = ERROR_CODES.find((other) => other === code);
    return known === undefined ? refuse('not-found', 'There is no such problem.') : kindOf(known);
  }
}

function kindOf(code: (typeof ERROR_CODES)[number]): z.infer<typeof kind> {
  const { status, title, retryAfter } = PROBLEMS[code];
  return { type: problemPath(code), code, status, title, worthAnotherTry: retryAfter !== undefined };
}
