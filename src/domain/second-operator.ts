import { refusal, type Refusal } from './errors.js';

/** An act that two persons have to want: one asked for it, another one confirms. */
export interface TwoOperators {
  /** Who asked for it; null: nobody yet, the actor of the command acts alone. */
  readonly requestedBy: string | null;
  /** Who confirms it, by carrying it out. */
  readonly actor: string;
}

/** Null: two different persons want it. */
export function lacksSecondOperator({ requestedBy, actor }: TwoOperators): Refusal | null {
  if (requestedBy !== null && requestedBy !== actor) return null;
  return refusal('second-operator-required', 'This takes a second operator, another one than who asked for it.');
}
