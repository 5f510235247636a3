import type { BreakKind } from '../domain/break.js';
import type { Entry } from '../domain/entry.js';
import type { Refusal } from '../domain/errors.js';

/** As far as the clock of whoever received the money, or lost it, may run ahead. */
export const MAX_LEAD_MS = 5 * 60_000;

/** A break that was opened for money, as an answer names it. */
export interface FoundBreak {
  readonly breakId: string;
  readonly kind: BreakKind;
}

/** What became of money that was reported: booked, on record outside every account with a break, or not taken. */
export type MoneyOutcome<Receipt> =
  | { readonly kind: 'booked'; readonly entry: Entry; readonly replayed: boolean }
  | { readonly kind: 'recorded'; readonly receipt: Receipt; readonly found: FoundBreak; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
