import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal, type Refusal } from '../../domain/errors.js';
import type { WallClock } from '../../platform/wall-clock.js';
import { sendProblem } from '../problems/problem.js';
import { accessTo, type AccessRow } from './access-table.js';
import type { Caller } from './caller.js';
import { credentialOf } from './credential.js';
import { isIdempotencyKey, idempotencyKeyRefusal } from './idempotency-key.js';
import type { KeyUses } from './key-uses.js';
import type { KnownKeys } from './known-keys.js';
import type { People } from './people.js';
import type { RateLimits } from './rate-limits.js';

/** Every id in an address is made of these. Anything else is no id of ours, and never gets as far as the database. */
const ADDRESS_PART = /^[\w.@~:-]{1,128}$/;

export interface Admission {
  readonly keys: KnownKeys;
  /** Sessions of the web account, each with the rights that its key lends it. */
  readonly sessions: KnownKeys;
  /** Null: only keys pass. */
  readonly people: People | null;
  readonly limits: RateLimits;
  readonly uses: KeyUses;
  readonly clock: WallClock;
  readonly draining: () => boolean;
}

/**
 * Lets requests in, before their bodies are read: who has no key cannot make the service parse a megabyte. Hooks of
 * Fastify, because a guard of the framework above costs a promise for every request.
 */
export function admitRequests(server: FastifyInstance, admission: Admission): void {
  const { keys, sessions, people, draining } = admission;
  server.decorateRequest('caller', null);
  server.decorateRequest('idempotencyKey', '');

  server.addHook('onRoute', (route) => {
    const methods = [route.method].flat();
    const rows = new Set(methods.map((method) => accessTo(method, route.url)));
    const [row] = rows;
    if (row === undefined || rows.size !== 1) {
      throw new Error(`${methods.join(',')} ${route.url} is not in the access table`);
    }
    route.config = { ...route.config, access: row };
  });

  server.addHook('onRequest', (request, reply, done) => {
    if (draining() && !request.url.startsWith('/health/')) {
      void reply.header('connection', 'close');
      sendProblem(reply, refusal('shutting-down', 'This instance is shutting down. Send the same request again.'));
      return;
    }
    const row = request.routeOptions.config.access;
    if (row === undefined || typeof row.scopes === 'string') {
      done();
      return;
    }
    const credential = credentialOf(request);
    const store = credential?.kind === 'key' ? keys : sessions;
    if (credential === null || (credential.kind === 'token' && people === null)) {
      sendProblem(reply, NOBODY);
      return;
    }
    const { kind, secret } = credential;
    const known = kind === 'token' ? undefined : store.recall(secret);
    if (known !== undefined) {
      decide(admission, request, reply, row, known ?? NOBODY, done);
      return;
    }
    const search: Promise<Caller | Refusal | null> = kind === 'token' && people !== null ? people.recognise(secret) : store.lookUp(secret);
    search.then(
      (found) => {
        decide(admission, request, reply, row, found ?? NOBODY, done);
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

const NOBODY = refusal('unauthenticated', 'Send a valid API key as "Authorization: Bearer kac_...", or sign in.');

function decide({ limits, uses, clock }: Admission, request: FastifyRequest, reply: FastifyReply, row: AccessRow, caller: Caller | Refusal, done: () => void): void {
  if ('code' in caller) {
    sendProblem(reply, caller);
    return;
  }
  request.caller = caller;
  uses.note(caller.keyId, clock.now());
  const taken = limits.take(caller.keyId, caller.rateLimit);
  void reply.header('ratelimit-policy', taken.policy).header('ratelimit', taken.state);
  if (!taken.allowed) {
    void reply.header('retry-after', String(taken.resetsIn));
    sendProblem(reply, refusal('rate-limited', 'This key asks too often. Its credits have nothing to do with it: wait, and send the same request again.'));
    return;
  }
  const refused = judge(request, row, caller);
  if (refused === null) done();
  else sendProblem(reply, refused);
}

function judge(request: FastifyRequest, row: AccessRow, caller: Caller): Refusal | null {
  if (typeof row.scopes !== 'string' && !row.scopes.some((scope) => caller.scopes.includes(scope))) {
    return refusal('forbidden', `This needs a key with ${row.scopes.join(' or ')}.`);
  }
  const params = request.params as Readonly<Record<string, string>>;
  for (const name in params) {
    if (ADDRESS_PART.test(params[name] as string)) continue;
    return name === 'accountId' ? accountNotFound() : refusal('not-found', 'There is nothing at this address.');
  }
  // Another account's resource does not exist for this key, whatever it may do on its own.
  if (caller.accountId !== null && params['accountId'] !== undefined && params['accountId'] !== caller.accountId) return accountNotFound();
  if (row.idempotencyKey) {
    const key = request.headers['idempotency-key'];
    if (!isIdempotencyKey(key)) return idempotencyKeyRefusal();
    request.idempotencyKey = key;
  }
  return null;
}

function accountNotFound(): Refusal {
  return refusal('account-not-found', 'There is no such account.');
}
