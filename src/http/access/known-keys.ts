import { secretHmac } from '../../operations/issue-api-key.js';
import type { WallClock } from '../../platform/wall-clock.js';
import type { ApiKey } from '../../postgres/reads/api-keys.js';
import type { Caller } from './caller.js';

/** How long a revoked key may still pass on an instance that has seen it. */
const KEY_MEMORY_MS = 2_000;
const KEYS_REMEMBERED = 10_000;

interface Remembered {
  readonly key: ApiKey | null;
  readonly caller: Caller | null;
  readonly until: number;
}

type FindKey = (secretHmac: Buffer) => Promise<ApiKey | null>;

/** API keys by their secrets, looked up in the database at most every two seconds each. */
export class KnownKeys {
  private readonly remembered = new Map<string, Remembered>();
  private readonly underWay = new Map<string, Promise<Caller | null>>();

  constructor(
    private readonly find: FindKey,
    private readonly pepper: Buffer,
    private readonly clock: WallClock,
  ) {}

  /** The caller if it is known right now; undefined: it has to be looked up; null: no such key. */
  recall(secret: string): Caller | null | undefined {
    const found = this.remembered.get(secret);
    const now = this.clock.now();
    // A clock that was set back must not make memory last longer.
    if (found === undefined || now >= found.until || found.until - now > KEY_MEMORY_MS) return undefined;
    return isExpired(found.key, now) ? null : found.caller;
  }

  lookUp(secret: string): Promise<Caller | null> {
    let search = this.underWay.get(secret);
    if (search === undefined) {
      search = this.read(secret).finally(() => this.underWay.delete(secret));
      this.underWay.set(secret, search);
    }
    return search;
  }

  private async read(secret: string): Promise<Caller | null> {
    // Counted from before the look-up: what is revoked while it runs is noticed in time as well.
    const until = this.clock.now() + KEY_MEMORY_MS;
    const key = await this.find(secretHmac(secret, this.pepper));
    const caller =
      key?.revokedAt !== null
        ? null
        : { keyId: key.keyId, rateLimit: key.rateLimit, scopes: key.scopes, accountId: key.accountId, actor: actorOf(key.keyId) };
    // Guessed keys must not push out the ones in use: they are all forgotten together, rarely.
    if (this.remembered.size >= KEYS_REMEMBERED) this.remembered.clear();
    this.remembered.set(secret, { key, caller, until });
    return isExpired(key, this.clock.now()) ? null : caller;
  }
}

/** A session of a person stands for no key: it names the person itself. */
function actorOf(keyId: string): string {
  return keyId.startsWith('person:') ? keyId : `key:${keyId}`;
}

function isExpired(key: ApiKey | null, now: number): boolean {
  return typeof key?.expiresAt === 'number' && now >= key.expiresAt;
}
