import { randomUUID } from 'node:crypto';
import type { SeededRandom } from '../../test/support/seeded-random.js';
import { nastyBytes, nastyName, nastyText, nastyValue } from './nasty.js';
import type { Interface, Route } from './routes.js';
import type { Prey } from './prey.js';
import { validValue } from './valid.js';

export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | Buffer | null;
  /** Whether its caller has a right to this route and to the account in its address. */
  readonly entitled: boolean;
  /** The idempotency key, where it is a plain one. */
  readonly key: string | null;
}

interface Hostile {
  readonly secret: string | null;
  readonly scopes: readonly string[];
  /** Bound to the account of the attacker: then another account may be named. */
  readonly bound: boolean;
}

/** One request of somebody who means harm, or of somebody's broken program; the seed decides which. */
export function hostileRequest(the: Interface, route: Route, prey: Prey, random: SeededRandom): HostileRequest {
  const caller = callerFor(route, prey, random);
  const elsewhere = caller.bound && random.whole(0, 4) === 0;
  const known = prey.known(elsewhere ? 'victim' : 'own');
  const key = random.whole(0, 11) === 0 ? null : randomUUID();
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = random.whole(0, 7) === 0 ? nastyText(random) : String(random.pick(known[name] ?? ['nothing']));
    // As it stands, without what no request line can carry: the client's own connection would not survive that.
    return random.whole(0, 30) === 0 ? value.replaceAll(/[^!-~]|[?#]/g, '') : encoded(value);
  });
  const { body, type } = bodyFor(the, route, known, random);
  const method = random.whole(0, 40) === 0 ? random.pick(['PUT', 'PATCH', 'OPTIONS', 'HEAD', 'POST', 'GET', 'DELETE']) : route.method;
  // Another method may be another route of the same address, which others may use.
  const answering = the.routes.find((other) => other.path === route.path && other.method === (method === 'HEAD' ? 'GET' : method)) ?? route;
  const mayUse = answering.scopes.length === 0 || caller.scopes.some((scope) => answering.scopes.includes(scope));
  return {
    method,
    path: `${path}${queryFor(the, route, known, random)}`,
    headers: headersFor(caller, key, type, random),
    body,
    entitled: mayUse && !(elsewhere && route.pathParams.includes('accountId')),
    key,
  };
}

function callerFor(route: Route, prey: Prey, random: SeededRandom): Hostile {
  const dice = random.whole(0, 19);
  if (dice === 0) return { secret: null, scopes: [], bound: true };
  if (dice === 1) return { secret: nastyText(random), scopes: [], bound: true };
  const scope = dice < 14 && route.scopes.length > 0 ? random.pick(route.scopes) : random.pick(Object.keys(prey.keys));
  const key = prey.keys[scope];
  if (key === undefined) return { secret: null, scopes: [], bound: true };
  return key;
}

function queryFor(the: Interface, route: Route, known: Readonly<Record<string, readonly unknown[]>>, random: SeededRandom): string {
  const pairs: string[] = [];
  for (const { name, schema } of route.query) {
    if (random.whole(0, 1) === 0) continue;
    const value = random.whole(0, 2) === 0 ? nastyText(random) : String(validValue(the, schema, known, random, name));
    pairs.push(`${name}${random.whole(0, 20) === 0 ? '[]' : ''}=${encoded(value)}`);
  }
  if (random.whole(0, 9) === 0) pairs.push(`${encodeURIComponent(nastyName(random))}=${encoded(nastyText(random))}`);
  if (random.whole(0, 20) === 0) pairs.push(...pairs);
  if (random.whole(0, 30) === 0) pairs.push('%zz', '&&', '=');
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`.slice(0, 12_000);
}

function bodyFor(the: Interface, route: Route, known: Readonly<Record<string, readonly unknown[]>>, random: SeededRandom): { body: string | Buffer | null; type: string | null } {
  if (route.method === 'GET') return { body: null, type: null };
  if (route.bodies.length === 0) return random.whole(0, 3) === 0 ? { body: '{"x":1}', type: 'application/json' } : { body: null, type: null };
  const { type, schema } = random.pick(route.bodies);
  const wrongType = random.whole(0, 24) === 0;
  const sent = wrongType ? random.pick(['text/plain', 'text/csv', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/json; charset=utf-7', 'json', '*/*']) : type;
  if (!type.includes('json')) return { body: hostileTable(random), type: sent };
  const value = validValue(the, schema, known, random);
  for (let wounds = random.pick([0, 0, 1, 1, 1, 2, 4]); wounds > 0; wounds -= 1) wound(value, random);
  const text = JSON.stringify(value);
  return { body: random.whole(0, 9) === 0 ? nastyBytes(random, text) : text, type: sent };
}

/** Half of a surrogate pair cannot be part of an address. */
function encoded(value: string): string {
  return encodeURIComponent(Buffer.from(value).toString());
}

/** Changes one place of a value, wherever it is. */
function wound(root: unknown, random: SeededRandom): void {
  let place = root;
  for (;;) {
    if (typeof place !== 'object' || place === null) return;
    const names = Object.keys(place);
    const holder = place as Record<string, unknown>;
    const name = names.length === 0 ? 'x' : random.pick(names);
    const inner = holder[name];
    if (typeof inner === 'object' && inner !== null && random.whole(0, 2) > 0) {
      place = inner;
      continue;
    }
    const dice = random.whole(0, 9);
    if (dice === 0) Reflect.deleteProperty(holder, name);
    else if (dice === 1) Object.defineProperty(holder, nastyName(random), { value: nastyValue(random), enumerable: true, configurable: true, writable: true });
    else holder[name] = nastyValue(random);
    return;
  }
}

/** Rows of a file that somebody uploads: quotes that never end, formulas, wrong numbers of columns. */
function hostileTable(random: SeededRandom): string {
  const cell = (): string => random.pick(['"', ',', '""', '', 'a,b', nastyText(random)]);
  return Array.from({ length: random.whole(0, 20) }, () => Array.from({ length: random.whole(0, 9) }, cell).join(random.pick([',', ';', '\t']))).join(random.pick(['\n', '\r\n', '\r']));
}

/** What no HTTP client sends as a header; raw connections try those. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/g;

function headersFor(caller: Hostile, key: string | null, type: string | null, random: SeededRandom): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (caller.secret !== null) headers['authorization'] = `Bearer ${caller.secret}`.replaceAll(UNSENDABLE, '').slice(0, 9_000);
  if (type !== null) headers['content-type'] = type;
  if (key !== null) headers['idempotency-key'] = key;
  else headers['idempotency-key'] = random.pick<string | string[]>([['a', 'b'], nastyText(random).replaceAll(UNSENDABLE, '').slice(0, 4_000)]);
  if (random.whole(0, 15) === 0) {
    const name = random.pick(['x-http-method-override', 'x-forwarded-for', 'x-forwarded-host', 'x-original-url', 'accept', 'accept-encoding', 'if-none-match', 'range', 'cookie', 'origin', 'content-encoding', 'expect-ct', 'traceparent', 'x-request-id']);
    headers[name] = nastyText(random).replaceAll(UNSENDABLE, '').slice(0, 2_000);
  }
  return headers;
}
