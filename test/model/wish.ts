import type { Decimal } from 'decimal.js';
import type { Entry } from '../../src/domain/entry.js';
import { zero, type Used } from './rates.js';

/** What may be asked of an account. Holds, purchases and actions are named by what the model knows of them. */
export type Wish =
  | {
      readonly do: 'sign';
      readonly formId: string;
      readonly termStart: string;
      readonly termEnd: string;
      readonly signedOn: string | null;
      readonly version: number;
      readonly graceDays: number;
      readonly paymentDueDays: number;
      readonly suspendAt: string;
      readonly suspendOnRefusal: boolean;
      readonly features: readonly string[];
      readonly priority: Readonly<Record<string, number>>;
      readonly tolerance: string;
      readonly purchases: readonly { readonly id: string; readonly credits: string }[];
    }
  | { readonly do: 'place'; readonly purchaseId: string; readonly credits: string }
  | { readonly do: 'pay'; readonly paymentId: string; readonly purchaseId: string; readonly money: string; readonly receivedAt: number }
  | { readonly do: 'grant'; readonly kind: 'trial' | 'promotional'; readonly credits: string; readonly validThrough: string | null }
  | { readonly do: 'debit'; readonly feature: string; readonly used: Used; readonly record: boolean; readonly occurredAt: number | null }
  | { readonly do: 'hold'; readonly holdId: string; readonly feature: string; readonly used: Used | null; readonly credits: string; readonly ttlMs: number; readonly cap: string | null }
  | { readonly do: 'capture'; readonly holdId: string; readonly used: Used; readonly final: boolean }
  | { readonly do: 'release'; readonly holdId: string }
  | { readonly do: 'extend'; readonly holdId: string; readonly ttlMs: number }
  | { readonly do: 'reverse'; readonly seq: number; readonly share: string | null }
  | { readonly do: 'bounce-payment'; readonly paymentId: string; readonly reversalId: string; readonly money: string; readonly reversedAt: number }
  | { readonly do: 'write-off'; readonly purchaseId: string }
  | { readonly do: 'void'; readonly purchaseId: string }
  | { readonly do: 'adjust'; readonly lotId: number | null; readonly credits: string }
  | { readonly do: 'freeze'; readonly lotId: number; readonly credits: string | null }
  | { readonly do: 'release-frozen'; readonly lotId: number; readonly credits: string | null }
  | { readonly do: 'withdraw-frozen'; readonly lotId: number; readonly credits: string | null }
  | { readonly do: 'refund'; readonly lotId: number }
  | { readonly do: 'transfer-out'; readonly lotId: number; readonly credits: string | null; readonly to: string }
  | { readonly do: 'transfer-in'; readonly lot: ArrivingLot; readonly credits: string }
  | { readonly do: 'settle'; readonly seq: number; readonly lotId: number }
  | { readonly do: 'waive'; readonly seq: number }
  | { readonly do: 'suspend'; readonly cutsOff: boolean }
  | { readonly do: 'resume' | 'close' | 'run-due' };

/** A lot as it leaves its account: what the other one gets of it. */
export interface ArrivingLot {
  readonly kind: string;
  readonly version: number;
  readonly validUntil: number;
  /** The entry that took its credits out. */
  readonly from: Entry;
}

/** What the answer to a wish has to be: refused with a code, or these credits moved. */
export interface Answer {
  readonly code: string | null;
  readonly credits: string;
  readonly unfunded: string | null;
}

export const refused = (code: string): Answer => ({ code, credits: '0', unfunded: null });
export const done = (credits: Decimal = zero, unfunded: Decimal = zero): Answer => ({
  code: null,
  credits: credits.toFixed(9),
  unfunded: unfunded.isZero() ? null : unfunded.toFixed(9),
});

export type As<What extends Wish['do']> = Extract<Wish, { do: What }>;
