import type { Debit } from '../../src/domain/command.js';
import { amount } from '../../src/domain/credits.js';
import type { Usage } from '../../src/domain/usage.js';
import { ACTOR, FEATURE } from './catalogue.js';
import { randomDigest, seededRandom } from './random.js';

/** Token counts in the order of size of a conversation's. */
const random = seededRandom(20_231_116);
export const TOKENS: readonly (readonly [input: number, output: number])[] = Array.from({ length: 1_024 }, () => [
  1 + Math.floor(random() * 4_000),
  1 + Math.floor(random() * 800),
]);
const USAGES: readonly Usage[] = TOKENS.map(([input, output]) => [
  { meter: 'inputTokens', quantity: amount(String(input)) },
  { meter: 'outputTokens', quantity: amount(String(output)) },
]);

let next = 0;

/** The number of the next action: which usage it has, the same order for every contestant. */
export function nextAction(): number {
  next = (next + 1) % TOKENS.length;
  return next;
}

/** The usage of the next action. */
export function nextUsage(): Usage {
  return USAGES[nextAction()] as Usage;
}

/** A debit that was never sent before. */
export function newDebit(accountId: string): Debit {
  return {
    type: 'debit',
    accountId,
    keyDigest: randomDigest(),
    fingerprint: randomDigest(),
    actor: ACTOR,
    mode: 'authorize',
    feature: FEATURE,
    usage: nextUsage(),
    occurredAt: null,
    endUser: null,
    metadata: null,
  };
}
