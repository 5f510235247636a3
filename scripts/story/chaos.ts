import { randomInt } from 'node:crypto';

/** What happens to one request on its way: as real networks do, the caller is not told which. */
export type Mishap =
  | { readonly kind: 'none' }
  /** The service has booked it, and its answer gets lost. */
  | { readonly kind: 'answer-lost' }
  /** The connection breaks after so many milliseconds: before, while or after the service books it. */
  | { readonly kind: 'cut'; readonly afterMs: number };

export interface Chaos {
  next(): Mishap;
}

export const calm: Chaos = { next: () => ({ kind: 'none' }) };

/** One request in five loses its answer, one in five its connection. */
export const rough: Chaos = {
  next() {
    const die = randomInt(5);
    if (die === 0) return { kind: 'answer-lost' };
    if (die === 1) return { kind: 'cut', afterMs: randomInt(30) };
    return { kind: 'none' };
  },
};
