import type { Amount } from './credits.js';
import type { Usage } from './usage.js';

/** Credits that an operator gave or took by an adjustment, as the limit over thirty days counts them. */
export interface Adjusted {
  readonly recordedAt: number;
  readonly credits: Amount;
}

export const UNFUNDED_STATES = ['open', 'settled', 'waived', 'reversed'] as const;
export type UnfundedState = (typeof UNFUNDED_STATES)[number];

/** Usage that happened but no credit was there for: a record, never a debt (P6). */
export interface UnfundedUsage {
  /** The debit or capture that recorded it. */
  readonly seq: number;
  readonly feature: string;
  /** Of the whole action, or of the part that a capture recorded. */
  readonly usage: Usage;
  /** What was captured of the same action before; null: no capture. */
  readonly usageBefore: Usage | null;
  /** The share of the action that went unfunded, and what it would have cost at the rates of that day. */
  readonly share: Amount;
  readonly credits: Amount;
  /** What of the share nobody has settled, waived or reversed. */
  readonly openShare: Amount;
  readonly state: UnfundedState;
  /** The entry that ended it. */
  readonly endedBy: number | null;
}

export const CLAIMANTS = ['licensee', 'kaltura'] as const;
export type Claimant = (typeof CLAIMANTS)[number];
export const DISPUTE_OUTCOMES = ['upheld', 'rejected', 'settled', 'withdrawn'] as const;
export type DisputeOutcome = (typeof DISPUTE_OUTCOMES)[number];

/** Somebody alleges that an entry is wrong (addendum, s.7): written notice is due ten days after becoming aware. */
export interface Dispute {
  readonly disputeId: string;
  /** The entry that is disputed. */
  readonly seq: number;
  readonly claimant: Claimant;
  /** Calendar days: when the claimant became aware, and when the written notice was received. */
  readonly awareOn: string;
  readonly noticeOn: string;
  readonly noticeInTime: boolean;
  readonly reference: string;
  readonly outcome: DisputeOutcome | null;
  /** The entry that recorded the outcome. */
  readonly closedBy: number | null;
}

/** What commands of a batch name of all this; empty otherwise. */
export interface Corrections {
  /** As far back as the limit on adjustments looks. */
  readonly adjusted: readonly Adjusted[];
  readonly unfunded: ReadonlyMap<number, UnfundedUsage>;
  readonly disputes: ReadonlyMap<string, Dispute>;
}

export const NO_CORRECTIONS: Corrections = { adjusted: [], unfunded: new Map(), disputes: new Map() };

/** What an entry changes of it. */
export interface CorrectionEffects {
  readonly adjusted?: Adjusted;
  readonly unfunded?: UnfundedUsage;
  readonly dispute?: Dispute;
}

export function corrected(before: Corrections, { adjusted, unfunded, dispute }: CorrectionEffects): Corrections {
  if (adjusted === undefined && unfunded === undefined && dispute === undefined) return before;
  return {
    adjusted: adjusted === undefined ? before.adjusted : [...before.adjusted, adjusted],
    unfunded: unfunded === undefined ? before.unfunded : new Map(before.unfunded).set(unfunded.seq, unfunded),
    disputes: dispute === undefined ? before.disputes : new Map(before.disputes).set(dispute.disputeId, dispute),
  };
}
