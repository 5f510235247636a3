import type { AlertRulesChange } from './alert-rule.js';
import type {
  PlacePurchase,
  RecordPayment,
  RecordWithholding,
  ReversePayment,
  VoidPurchase,
  WriteOffShortfall,
} from './buying-commands.js';
import type { CommandBase } from './command-base.js';
import type { Claimant, DisputeOutcome } from './corrections.js';
import type { Amount } from './credits.js';
import type { OrderForm } from './contract.js';
import type { Metadata } from './entry.js';
import type { LotKind, LotTerms } from './lot.js';
import type { ClosePeriod, ReopenPeriod } from './period-commands.js';
import type { Usage } from './usage.js';

export interface OrderedPurchase {
  readonly purchaseId: string;
  readonly credits: Amount;
}

export interface SignOrderForm extends CommandBase {
  readonly type: 'sign-order-form';
  readonly form: Omit<OrderForm, 'signedAt'>;
  /** The form as it was submitted, canonical JSON: what the chain commits to. */
  readonly document: string;
  /** What the signed form itself contains is placed when it is signed (P6). */
  readonly purchases: readonly OrderedPurchase[];
}

/** Tells one account of a published version of a card: its thirty days begin with delivery (P2). */
export interface AnnounceRates extends CommandBase {
  readonly type: 'announce-rates';
  readonly noticeId: string;
  readonly cardId: string;
  readonly version: number;
  readonly effectiveDate: string;
  /** The words of the notice; the entry carries their hash. */
  readonly text: string;
}

/** How a notice is known to have reached the licensee (SPEC 8). */
export type NoticeEvidence =
  /** An admin of the licensee has it. */
  | { readonly means: 'acknowledged' }
  /** The mail server of a verified contact took it. The contact is named by its opaque id. */
  | { readonly means: 'mail'; readonly contactId: string; readonly messageId: string }
  /** The webhook that the order form names answered 2xx. */
  | { readonly means: 'webhook'; readonly url: string; readonly messageId: string }
  | AttestedDelivery;

/** Two operators say so, with a document: a registered letter, a protocol. */
export interface AttestedDelivery {
  readonly means: 'attested';
  /** Calendar day of delivery, in the licensee's zone, as the document has it. */
  readonly deliveredOn: string;
  readonly document: { readonly reference: string; readonly sha256: string };
  readonly requestedBy: string | null;
}

export interface DeliverNotice extends CommandBase {
  readonly type: 'deliver-notice';
  readonly noticeId: string;
  readonly evidence: NoticeEvidence;
}

/** P2: a published version is taken back before it has reached this account. */
export interface WithdrawRates extends CommandBase {
  readonly type: 'withdraw-rates';
  readonly noticeId: string;
  readonly reason: string;
}

/** A mail to this contact came back, or its address is refused by now: what was delivered to it counts no more. */
export interface BounceNotice extends CommandBase {
  readonly type: 'bounce-notice';
  readonly noticeId: string;
  readonly contactId: string;
}

export interface Grant extends CommandBase {
  readonly type: 'grant';
  readonly kind: Extract<LotKind, 'trial' | 'promotional'>;
  readonly credits: Amount;
  /** Last calendar day of validity, included; null: the whole Term. */
  readonly validThrough: string | null;
  readonly reason: string;
}

export type DebitMode = 'authorize' | 'record';

export interface Debit extends CommandBase {
  readonly type: 'debit';
  readonly mode: DebitMode;
  readonly feature: string;
  readonly usage: Usage;
  /** When the usage happened; null: the moment of recording. */
  readonly occurredAt: number | null;
  readonly endUser: string | null;
  readonly metadata: Metadata | null;
}

/** Sets credits aside for an action under way (SPEC 6). */
export interface PlaceHold extends CommandBase {
  readonly type: 'place-hold';
  readonly holdId: string;
  readonly feature: string;
  /** What the action is expected to use, or to cost at most. */
  readonly estimate: { readonly usage: Usage } | { readonly credits: Amount };
  readonly ttlMs: number;
  readonly maxCapture: Amount | null;
}

/** Turns credits of a hold into a debit: the usage of this part; `final` gives the rest back. */
export interface CaptureHold extends CommandBase {
  readonly type: 'capture-hold';
  readonly holdId: string;
  readonly usage: Usage;
  readonly final: boolean;
  readonly endUser: string | null;
  readonly metadata: Metadata | null;
}

export interface ReleaseHold extends CommandBase {
  readonly type: 'release-hold';
  readonly holdId: string;
}

export interface ExtendHold extends CommandBase {
  readonly type: 'extend-hold';
  readonly holdId: string;
  /** From now, at most 24 h, and at most 7 days after it was placed. */
  readonly ttlMs: number;
}

/** Makes everything happen that is due on this account: nothing else is asked for. */
export interface RunDue extends CommandBase {
  readonly type: 'run-due';
}

/** An operator's suspension, with a reference; only operators end it. */
export interface SuspendAccount extends CommandBase {
  readonly type: 'suspend';
  readonly reason: string;
  readonly reference: string;
  /** For law or abuse: running work may be cut off as well. */
  readonly cutsOffRunningWork: boolean;
}

export interface ResumeAccount extends CommandBase {
  readonly type: 'resume';
  readonly reason: string;
}

export interface CloseAccount extends CommandBase {
  readonly type: 'close';
  readonly reason: string;
}

export interface Reverse extends CommandBase {
  readonly type: 'reverse';
  /** The debit that is reversed. */
  readonly seq: number;
  /** Share of the action's usage to return, 0 < share <= 1; null: all that is left. */
  readonly share: Amount | null;
  readonly reason: string;
}

/** Credits of a lot whose payment is disputed are set aside until finance decides. */
export interface FreezeLot extends CommandBase {
  readonly type: 'freeze-lot';
  readonly lotId: number;
  /** At most these; null: the whole lot. */
  readonly credits: Amount | null;
  readonly reason: string;
  readonly reference: string;
}

/** The dispute of these credits ended for the licensee; null: of all that is frozen or owed. */
export interface ReleaseFrozen extends CommandBase {
  readonly type: 'release-frozen';
  readonly lotId: number;
  readonly credits: Amount | null;
  readonly reason: string;
  readonly reference: string;
}

/** The dispute of these credits ended against the licensee; null: of all that is frozen. */
export interface WithdrawFrozen extends CommandBase {
  readonly type: 'withdraw-frozen';
  readonly lotId: number;
  readonly credits: Amount | null;
  readonly reason: string;
  readonly reference: string;
}

/** An operator's correction, with a reason (SPEC 12). */
export interface Adjust extends CommandBase {
  readonly type: 'adjust';
  /** Null: gives credits. Else takes them from this lot, which was granted or adjusted before. */
  readonly lotId: number | null;
  readonly credits: Amount;
  readonly reason: string;
  /** Above so many credits in thirty days a second operator confirms. */
  readonly limit: Amount;
  /** Who asked for it, where the actor confirms it. */
  readonly requestedBy: string | null;
}

/** Why P4's "final and non-refundable" does not hold. */
export type RefundGround =
  | { readonly kind: 'agreement'; readonly clause: string }
  | { readonly kind: 'law'; readonly reference: string };

export interface OutgoingPayment {
  readonly reference: string;
  /** Plain decimal at the currency's scale. */
  readonly amount: string;
  readonly currency: string;
}

export interface RefundLot extends CommandBase {
  readonly type: 'refund-lot';
  readonly lotId: number;
  readonly ground: RefundGround | null;
  readonly outgoingPayment: OutgoingPayment;
  readonly creditNote: string;
  readonly requestedBy: string | null;
}

/** Kaltura's prior written consent (P7). */
export interface TransferConsent {
  readonly reference: string;
  /** Calendar day of the document. */
  readonly date: string;
  readonly sha256: string;
}

export interface TransferOut extends CommandBase {
  readonly type: 'transfer-out';
  readonly lotId: number;
  /** Null: all that is available. */
  readonly credits: Amount | null;
  readonly toAccountId: string;
  readonly consent: TransferConsent | null;
  readonly requestedBy: string | null;
}

/** What a lot keeps when a consented transfer moves its credits. */
export type TransferredTerms = Pick<
  LotTerms,
  'kind' | 'cardId' | 'rateVersion' | 'unitPrice' | 'currency' | 'purchaseId' | 'orderFormId' | 'validUntil'
>;

/** Made of the entry that took the credits out, under the same key. */
export interface TransferIn extends CommandBase {
  readonly type: 'transfer-in';
  readonly source: { readonly accountId: string; readonly lotId: number; readonly seq: number };
  readonly lot: TransferredTerms;
  readonly credits: Amount;
  readonly consent: TransferConsent;
  readonly requestedBy: string | null;
}

/** By an admin of the licensee, and by nobody else (P6). */
export interface SettleUnfunded extends CommandBase {
  readonly type: 'settle-unfunded';
  /** The debit or capture that recorded it. */
  readonly seq: number;
  readonly lotId: number;
  /** As shown by a quote; null: a quote itself. */
  readonly credits: Amount | null;
}

export interface WaiveUnfunded extends CommandBase {
  readonly type: 'waive-unfunded';
  readonly seq: number;
  readonly reason: string;
}

export interface OpenDispute extends CommandBase {
  readonly type: 'open-dispute';
  readonly disputeId: string;
  readonly seq: number;
  readonly claimant: Claimant;
  readonly awareOn: string;
  readonly noticeOn: string;
  /** Of the written notice; no personal data. */
  readonly reference: string;
}

export interface CloseDispute extends CommandBase {
  readonly type: 'close-dispute';
  readonly disputeId: string;
  readonly outcome: DisputeOutcome;
  readonly reason: string;
}

export type ChangeAlertRules = CommandBase & AlertRulesChange;

/**
 * Everything that changes a ledger is one of these, for one account (it is the unit of locking and of sequence).
 * Values that a command brings are parsed and in range; what depends on the account's state is for `decide`.
 */
export type Command =
  | SignOrderForm
  | AnnounceRates
  | DeliverNotice
  | BounceNotice
  | WithdrawRates
  | PlacePurchase
  | VoidPurchase
  | RecordPayment
  | RecordWithholding
  | WriteOffShortfall
  | ReversePayment
  | Grant
  | Debit
  | Reverse
  | PlaceHold
  | CaptureHold
  | ReleaseHold
  | ExtendHold
  | RunDue
  | SuspendAccount
  | ResumeAccount
  | CloseAccount
  | FreezeLot
  | ReleaseFrozen
  | WithdrawFrozen
  | Adjust
  | RefundLot
  | TransferOut
  | TransferIn
  | SettleUnfunded
  | WaiveUnfunded
  | OpenDispute
  | CloseDispute
  | ClosePeriod
  | ReopenPeriod
  | ChangeAlertRules;
