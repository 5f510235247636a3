/**
 * Wall time, for signatures, tokens, timeouts and rate limits. Business time (what the contract runs on) comes from the
 * database instead, so that every instance agrees on it and a sandbox can advance it.
 */
export interface WallClock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemWallClock: WallClock = { now: () => Date.now() };
