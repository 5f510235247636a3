import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { ERROR_CODES, RefusedError, type ErrorCode } from '../../domain/errors.js';
import type { DetailedRefusal, ProblemDetail } from '../problems/problem.js';
import { escapePointer } from './json-body.js';

const ERRORS_NAMED = 20;
const knownCodes: ReadonlySet<string> = new Set(ERROR_CODES);

/** Holds bodies and queries to the schema of their parameter: `@Body({ schema })`, `@Query({ schema })`. */
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new RefusedError(refusalOf(parsed.error.issues, type === 'query'));
  }
}

/** What a schema found, as one refusal. A check that has a code of its own (`params.code`) gives it to the whole. */
function refusalOf(issues: readonly z.core.$ZodIssue[], inQuery: boolean): DetailedRefusal {
  const errors = issues.flatMap((issue) => detailsOf(issue, inQuery)).slice(0, ERRORS_NAMED);
  const [first] = errors;
  const code = issues.map(codeOf).find((own) => own !== undefined) ?? 'invalid-request';
  return {
    code,
    detail: first?.detail ?? 'The request is not valid.',
    ...(first?.pointer === undefined ? {} : { pointer: first.pointer }),
    errors,
  };
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode | undefined {
  const code: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return typeof code === 'string' && knownCodes.has(code) ? (code as ErrorCode) : undefined;
}

function detailsOf(issue: z.core.$ZodIssue, inQuery: boolean): ProblemDetail[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [at(path, issue.message, inQuery)];
  return issue.keys.map((key) => at([...path, key], 'There is no such field.', inQuery));
}

function at(path: readonly string[], detail: string, inQuery: boolean): ProblemDetail {
  // Names of fields can be as long as a body; they are quoted only as far as they help.
  const short = path.map((segment) => segment.slice(0, 100));
  return inQuery ? { detail, parameter: short.join('.') } : { detail, pointer: short.map((segment) => `/${escapePointer(segment)}`).join('') };
}
