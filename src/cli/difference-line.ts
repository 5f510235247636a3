import type { Difference } from '../domain/verification/difference.js';

/** A difference on a line of its own, for people and for grep. */
export function differenceLine({ accountId, at, what, expected, found }: Difference): string {
  return `difference: ${accountId === null ? '' : `account ${accountId}, `}${at}: ${what}: expected ${expected}, found ${found}`;
}
