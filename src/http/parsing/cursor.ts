import { RefusedError } from '../../domain/errors.js';
import type { DetailedRefusal } from '../problems/problem.js';

/** Opaque to callers: which list, in which order, and the last item of the page before. */
export function writeCursor(list: string, last: number): string {
  return Buffer.from(`${list}:${last}`).toString('base64url');
}

export function readCursor(list: string, cursor: string): number {
  const [of, last] = Buffer.from(cursor, 'base64url').toString('utf8').split(':');
  if (of !== list || last === undefined || !/^\d{1,15}$/.test(last)) {
    const detail = 'The cursor does not belong to this list in this order: send nextCursor of the page before.';
    const refusal: DetailedRefusal = { code: 'invalid-request', detail, errors: [{ detail, parameter: 'cursor' }] };
    throw new RefusedError(refusal);
  }
  return Number(last);
}
