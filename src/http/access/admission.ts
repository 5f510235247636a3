import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal, type Refusal } from '../../domain/errors.js';
import { sendProblem } from '../problems/problem.js';
import { accessTo, type AccessRow } from './access-table.js';
import type { Caller } from './caller.js';
import { credentialOf } from './credential.js';
import { isIdempotencyKey, idempotencyKeyRefusal } from './idempotency-key.js';
import type { KnownKeys } from './known-keys.js';

/** By what a request shows, who it is. */
interface Known {
  readonly key: KnownKeys;
  readonly session: KnownKeys;
}

/** Every id in an address is made of these. Anything else is no id of ours, and never gets as far as the database. */
const ADDRESS_PART = /^[\w.@~:-]{1,128}$/;

/**
 * Lets requests in, before their bodies are read: who has no key cannot make the service parse a megabyte. Hooks of
 * Fastify, because a guard of the framework above costs a promise for every request.
 */
export function admitRequests(server: FastifyInstance, known: Known, draining: () => boolean): void {
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
    if (row === undefined || row.scopes === 'public') {
      done();
      return;
    }
    const credential = credentialOf(request);
    const caller = credential === null ? null : known[credential.kind].recall(credential.secret);
    if (credential === null || caller !== undefined) {
      decide(request, reply, row, caller ?? null, done);
      return;
    }
    known[credential.kind].lookUp(credential.secret).then(
      (found) => {
        decide(request, reply, row, found, done);
      },
      (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

function decide(request: FastifyRequest, reply: FastifyReply, row: AccessRow, caller: Caller | null, done: () => void): void {
  const refused = judge(request, row, caller);
  if (refused === null) done();
  else sendProblem(reply, refused);
}

function judge(request: FastifyRequest, row: AccessRow, caller: Caller | null): Refusal | null {
  if (caller === null) return refusal('unauthenticated', 'Send a valid API key as "Authorization: Bearer kac_...", or sign in.');
  if (row.scopes !== 'public' && !row.scopes.some((scope) => caller.scopes.includes(scope))) {
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
  request.caller = caller;
  return null;
}

function accountNotFound(): Refusal {
  return refusal('account-not-found', 'There is no such account.');
}
