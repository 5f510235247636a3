import { canonicalJson, type Json } from '../domain/canonical-json.js';
import { shortDigest } from '../domain/hash-chain.js';
import type { CatalogueRequest } from '../postgres/catalogue/answered-once.js';

/** Who asks, and under which idempotency key. */
export interface Requester {
  /** `key:<id>`: what entries name. */
  readonly actor: string;
  readonly idempotencyKey: string;
  /** Where the request came from; absent: from the service itself. It goes on record outside the chain of acts. */
  readonly origin?: string;
}

/** Keys that follow from a provider's id: the same money may be reported again with another instant, and is the same all the same. */
export function isOwnKey({ idempotencyKey }: Requester): boolean {
  return idempotencyKey.startsWith('sys:');
}

interface CommandOrigin {
  readonly accountId: string;
  readonly actor: string;
  readonly keyDigest: string;
  readonly fingerprint: string;
}

/** What every command of an account brings along. The same request always has the same fingerprint. */
export function commandOrigin(requester: Requester, type: string, accountId: string, request: Json): CommandOrigin {
  return {
    accountId,
    actor: requester.actor,
    keyDigest: shortDigest(requester.idempotencyKey),
    fingerprint: shortDigest(canonicalJson([type, accountId, request])),
  };
}

/** Keys of catalogue requests belong to the operator as a whole, so that they outlive the change of an API key. */
export function operatorRequest(requester: Requester, operation: string, request: Json): CatalogueRequest {
  return administrativeRequest('operator', requester, operation, request);
}

/** A change of the catalogue that is an administrative act: on record in the same transaction. */
export function administrativeRequest(caller: string, requester: Requester, operation: string, request: Json): CatalogueRequest {
  const { actor, origin } = requester;
  return { ...catalogueRequest(caller, requester, operation, request), act: { kind: operation, actor, origin: origin ?? null, request } };
}

export function catalogueRequest(caller: string, requester: Requester, operation: string, request: Json): CatalogueRequest {
  return {
    caller,
    keyDigest: shortDigest(requester.idempotencyKey),
    fingerprint: shortDigest(canonicalJson([operation, request])),
  };
}
