import type { Amount } from './credits.js';
import type { BillingMode } from './contract.js';
import type { Usage } from './usage.js';

export const HOLD_STATES = ['open', 'captured', 'released', 'expired'] as const;
export type HoldState = (typeof HOLD_STATES)[number];

export const HOUR_MS = 3_600_000;
/** Time to live of a hold: one hour by default, at most 24 at a time, and at most 7 days with extensions (SPEC 6). */
export const DEFAULT_HOLD_TTL_MS = 1 * HOUR_MS;
export const MAX_HOLD_TTL_MS = 24 * HOUR_MS;
export const MAX_HOLD_LIFE_MS = 7 * 24 * HOUR_MS;

/** Credits of one lot that the hold still has, and the version that rated them when it was placed. */
export interface HoldLeg {
  readonly lotId: number;
  readonly rateVersion: string;
  readonly held: Amount;
}

/** Credits set aside for an action under way. */
export interface Hold {
  readonly holdId: string;
  readonly state: HoldState;
  readonly feature: string;
  readonly billing: BillingMode;
  /** The entry that placed it. */
  readonly placedSeq: number;
  readonly placedAt: number;
  readonly expiresAt: number;
  /** The most credits that its captures may consume; the rest of what was used is unfunded. Null: no cap. */
  readonly maxCapture: Amount | null;
  /** In burn order of the moment it was placed. */
  readonly legs: readonly HoldLeg[];
  /** Usage captured so far: minimum and increment apply to the sum. */
  readonly usage: Usage;
  readonly captured: Amount;
}
