import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { ERROR_CODES, RefusedError, type ErrorCode } from '../../domain/errors.js';
import type { DetailedRefusal, ProblemDetail } from '../problems/problem.js';
import { escapePointer, isKeepable } from './json-body.js';

const ERRORS_NAMED = 20;
const knownCodes: ReadonlySet<string> = new Set(ERROR_CODES);

/** Holds bodies and queries to the schema of their parameter: `@Body({ schema })`, `@Query({ schema })`. */
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (!(schema instanceof z.ZodType)) return value;
    if (type === 'query') refuseWhatNobodyKeeps(value);
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new RefusedError(refusalOf(parsed.error.issues, value, type === 'query'));
  }
}

/** Bodies were read so; a query is parsed by the framework. */
function refuseWhatNobodyKeeps(query: unknown): void {
  for (const [name, text] of Object.entries(query ?? {})) {
    if (typeof text !== 'string' || isKeepable(text)) continue;
    const detail = 'A text has no NUL and no half of a surrogate pair in it.';
    const refused: DetailedRefusal = { code: 'invalid-request', detail, errors: [at([name], detail, true)] };
    throw new RefusedError(refused);
  }
}

/** What a schema found, as one refusal. A check that has a code of its own (`params.code`) gives it to the whole. */
function refusalOf(issues: readonly z.core.$ZodIssue[], value: unknown, inQuery: boolean): DetailedRefusal {
  const errors: ProblemDetail[] = [];
  let code: ErrorCode | undefined;
  for (const issue of issues) {
    const path = issue.path.map(String);
    if (isMissing(value, path)) {
      errors.push(at(path, path.length === 0 ? 'A body is missing.' : 'It is missing.', inQuery));
    } else if (issue.code === 'unrecognized_keys') {
      errors.push(...issue.keys.map((key) => at([...path, key], 'There is no such field.', inQuery)));
    } else {
      errors.push(at(path, issue.message, inQuery));
      code ??= codeOf(issue);
    }
  }
  const [first] = errors;
  return {
    code: code ?? 'invalid-request',
    detail: first?.detail ?? 'The request is not valid.',
    ...(first?.pointer === undefined ? {} : { pointer: first.pointer }),
    errors: errors.slice(0, ERRORS_NAMED),
  };
}

function isMissing(value: unknown, path: readonly string[]): boolean {
  let part = value;
  for (const segment of path) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, segment)) return true;
    part = (part as Readonly<Record<string, unknown>>)[segment];
  }
  return part === undefined;
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode | undefined {
  const code: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return typeof code === 'string' && knownCodes.has(code) ? (code as ErrorCode) : undefined;
}

function at(path: readonly string[], detail: string, inQuery: boolean): ProblemDetail {
  // Names of fields can be as long as a body; they are quoted only as far as they help.
  const short = path.map((segment) => segment.slice(0, 100));
  return inQuery ? { detail, parameter: short.join('.') } : { detail, pointer: short.map((segment) => `/${escapePointer(segment)}`).join('') };
}
