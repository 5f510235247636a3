import { randomFillSync } from 'node:crypto';

/** A source of numbers in [0, 1) that is the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws ranks 0 to count - 1, where rank k comes with a weight of 1 / (k + 1): Zipf's law with exponent 1. */
export function zipf(count: number, random: () => number): () => number {
  const cumulative = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank += 1) {
    sum += 1 / (rank + 1);
    cumulative[rank] = sum;
  }
  return () => {
    const at = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

const POOL = Buffer.alloc(64 * 1024);
let position = POOL.length;

/** 16 random bytes in hex, like the digest of an idempotency key: they fall anywhere in the key's index. */
export function randomDigest(): string {
  if (position === POOL.length) {
    randomFillSync(POOL);
    position = 0;
  }
  position += 16;
  return POOL.toString('hex', position - 16, position);
}
