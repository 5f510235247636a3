import { randomUUID } from 'node:crypto';
import type { SeededRandom } from '../../test/support/seeded-random.js';
import { systemWallClock } from '../../src/platform/wall-clock.js';
import type { Interface, JsonSchema } from './routes.js';

/** Values by the names of their fields, so that a request gets past the schema and into the rules. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const DEEPEST = 6;

/** A value that a schema would accept, as far as a schema says so. */
export function validValue(the: Interface, schema: JsonSchema, known: Known, random: SeededRandom, name = '', depth = 0): unknown {
  const of = the.resolve(schema);
  const named = Object.hasOwn(known, name) ? known[name] : undefined;
  if (named !== undefined && named.length > 0) return random.pick(named);
  const either = (of['anyOf'] ?? of['oneOf']) as readonly JsonSchema[] | undefined;
  if (either !== undefined && either.length > 0) return validValue(the, random.pick(either), known, random, name, depth);
  if ('const' in of) return of['const'];
  if (Array.isArray(of['enum'])) return random.pick(of['enum'] as unknown[]);
  if (depth > DEEPEST) return null;
  switch (of['type']) {
    case 'object':
      return validObject(the, of, known, random, depth);
    case 'array':
      return Array.from({ length: random.whole(1, 2) }, () => validValue(the, (of['items'] ?? {}) as JsonSchema, known, random, name, depth + 1));
    case 'boolean':
      return random.whole(0, 1) === 1;
    case 'integer':
    case 'number':
      return random.whole(0, 5);
    default:
      return validText(of, random);
  }
}

function validObject(the: Interface, of: JsonSchema, known: Known, random: SeededRandom, depth: number): Record<string, unknown> {
  const required = new Set((of['required'] ?? []) as string[]);
  const members: [string, unknown][] = [];
  for (const [name, schema] of Object.entries((of['properties'] ?? {}) as Record<string, JsonSchema>)) {
    if (required.has(name) || random.whole(0, 2) === 0) members.push([name, validValue(the, schema, known, random, name, depth + 1)]);
  }
  const more = of['additionalProperties'];
  if (typeof more === 'object' && more !== null) members.push([random.pick(['minutes', 'images', 'x']), validValue(the, more as JsonSchema, known, random, '', depth + 1)]);
  return Object.fromEntries(members);
}

function validText(of: JsonSchema, random: SeededRandom): string {
  const examples = of['examples'];
  if (Array.isArray(examples) && examples.length > 0) return String(random.pick(examples as unknown[]));
  if (of['format'] === 'date') return random.pick(['2026-06-01', '2030-01-01']);
  if (of['format'] === 'date-time') return new Date(systemWallClock.now() + random.whole(-1, 1) * 60_000).toISOString();
  if (of['format'] === 'uri') return 'https://127.0.0.1:1/x';
  const pattern = typeof of['pattern'] === 'string' ? of['pattern'] : '';
  if (pattern.includes('0-9a-f')) return 'ab'.repeat(32);
  if (/\\d|\[1-9\]/.test(pattern)) return String(random.whole(1, 9));
  return random.pick(['1', '2', `x${randomUUID()}`]);
}
