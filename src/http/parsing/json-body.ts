import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { RefusedError, refusal, type Refusal } from '../../domain/errors.js';

export const BODY_LIMIT = 1_048_576;

/** What a text must not contain, in or as a key: PostgreSQL cannot keep it, or JavaScript would take it for something else. */
const NUL = '\u0000';
const HALF_A_PAIR = /\p{Surrogate}/u;
const DANGEROUS_KEY = '__proto__';

/**
 * Reads bodies as JSON, strictly: valid UTF-8, no NUL, no half of a surrogate pair, no `__proto__`. A signed body stays as it
 * was sent, for its signature is over the bytes; only the route that takes a file takes CSV.
 */
export function readBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (request, body, done) => {
    const access = request.routeOptions.config.access;
    if (access?.csv === true) {
      done(new RefusedError(wrongMediaType('text/csv')));
    } else if (access?.scopes === 'signed') {
      done(null, body);
    } else {
      const parsed = parseJson(body as Buffer);
      if (parsed.ok) done(null, parsed.value);
      else done(new RefusedError(parsed.refusal));
    }
  });
  server.addContentTypeParser('text/csv', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (request, body, done) => {
    if (request.routeOptions.config.access?.csv !== true) done(new RefusedError(wrongMediaType('application/json')));
    else if (isUtf8(body as Buffer)) done(null, (body as Buffer).toString('utf8'));
    else done(new RefusedError(refusal('invalid-request', 'The file is not UTF-8.')));
  });
}

function wrongMediaType(wanted: string): Refusal {
  return refusal('unsupported-media-type', `Send the body as ${wanted}.`);
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly refusal: Refusal };

export function parseJson(body: Buffer): Parsed {
  if (!isUtf8(body)) return malformed('The body is not UTF-8.');
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return malformed(`The body is not JSON${positionOf(error)}.`);
  }
  // Control characters can only come as escapes, and nearly no body has any.
  const refused = text.includes('\\u') || text.includes(DANGEROUS_KEY) ? findUnkeepable(value) : null;
  return refused === null ? { ok: true, value } : { ok: false, refusal: refused };
}

function malformed(detail: string): Parsed {
  return { ok: false, refusal: refusal('malformed-json', detail) };
}

/** Where it went wrong, without the words around it: they may be personal. */
function positionOf(error: unknown): string {
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return position === undefined ? '' : ` (at position ${position})`;
}

/** Without recursion: a body can be nested as deeply as it is long. */
function findUnkeepable(root: unknown): Refusal | null {
  const waiting: { readonly value: unknown; readonly pointer: string }[] = [{ value: root, pointer: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, pointer } = next;
    if (typeof value === 'string') {
      if (!isKeepable(value)) return unkeepable(pointer, 'A text has no NUL and no half of a surrogate pair in it.');
      continue;
    }
    if (typeof value !== 'object' || value === null) continue;
    // The pointer of what is nested absurdly deep would be longer than the body.
    const base = pointer.length > 512 ? '' : pointer;
    for (const [key, member] of Object.entries(value)) {
      if (key === DANGEROUS_KEY || !isKeepable(key)) return unkeepable(base, 'An object has a member with a name that is not allowed.');
      waiting.push({ value: member, pointer: `${base}/${escapePointer(key)}` });
    }
  }
  return null;
}

/** Whether PostgreSQL can keep a text, or be asked for it. */
export function isKeepable(text: string): boolean {
  return !text.includes(NUL) && !HALF_A_PAIR.test(text);
}

function unkeepable(pointer: string, detail: string): Refusal {
  return refusal('invalid-request', detail, { pointer });
}

/** RFC 6901. */
export function escapePointer(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
