import type { WallClock } from '../../platform/wall-clock.js';

/** So many requests in so many seconds, for each key. */
export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

interface Window {
  readonly began: number;
  taken: number;
}

export interface Taken {
  readonly allowed: boolean;
  /** `RateLimit-Policy` and `RateLimit`, as draft-ietf-httpapi-ratelimit-headers has them. */
  readonly policy: string;
  readonly state: string;
  /** Seconds until the key has its requests again. */
  readonly resetsIn: number;
}

const KEYS_REMEMBERED = 10_000;

/**
 * How often each key may ask, by this instance: kept in memory, because a shared count would cost every debit a round
 * trip. It protects the service from a client in a loop, and has nothing to do with credits.
 */
export class RateLimits {
  private readonly windows = new Map<string, Window>();
  private readonly windowMs: number;

  constructor(
    private readonly standard: RateLimit,
    private readonly clock: WallClock,
  ) {
    this.windowMs = standard.windowSeconds * 1_000;
  }

  /** Counts one request. `own`: what was agreed for this key; null: the standard. */
  take(keyId: string, own: number | null): Taken {
    const limit = own ?? this.standard.requests;
    const window = this.windowOf(keyId);
    const allowed = window.taken < limit;
    if (allowed) window.taken += 1;
    const resetsIn = Math.ceil((window.began + this.windowMs - this.clock.now()) / 1_000);
    return {
      allowed,
      policy: `"key";q=${String(limit)};w=${String(this.standard.windowSeconds)}`,
      state: `"key";r=${String(limit - window.taken)};t=${String(resetsIn)}`,
      resetsIn,
    };
  }

  private windowOf(keyId: string): Window {
    const now = this.clock.now();
    const open = this.windows.get(keyId);
    // A clock that was set back must not make a window last longer.
    if (open !== undefined && now >= open.began && now < open.began + this.windowMs) return open;
    // Only keys that exist get here, so forgetting all at once is rare, and gives nobody more than a second window.
    if (this.windows.size >= KEYS_REMEMBERED) this.windows.clear();
    const window = { began: now, taken: 0 };
    this.windows.set(keyId, window);
    return window;
  }
}
