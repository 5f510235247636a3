import type { Scope } from '../../domain/api-key.js';
import type { AccessRow } from './access-table.js';

/** Who asks: the rights of an API key that was found, is not revoked and has not expired, or of a person that is vouched for. */
export interface Caller {
  readonly keyId: string;
  /** Requests per window that were agreed for this key; null: as many as any. */
  readonly rateLimit: number | null;
  readonly scopes: readonly Scope[];
  /** The account that the key is bound to; null: none. */
  readonly accountId: string | null;
  /** How entries name it: `key:<id>`, or `person:<pseudonym>`. */
  readonly actor: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any handler of a route that is not public. */
    caller: Caller | null;
    /** The request's Idempotency-Key, where its route asks for one; else an empty text. */
    idempotencyKey: string;
  }
  interface FastifyContextConfig {
    access?: AccessRow;
  }
}
