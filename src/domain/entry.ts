import type { Amount } from './credits.js';
import type { Bucket } from './lot.js';

export const ENTRY_TYPES = [
  'order-form',
  'notice',
  'notice-delivered',
  'notice-bounced',
  'notice-withdrawn',
  'purchase',
  'purchase-voided',
  'payment',
  'withholding',
  'write-off',
  'payment-reversed',
  'allocation',
  'grant',
  'debit',
  'reversal',
  'status',
  'hold',
  'hold-extended',
  'hold-released',
  'hold-expired',
  'capture',
  'lapse',
  'rollover',
  'reinstatement',
  'purchase-overdue',
  'purchase-lapsed',
  'freeze',
  'freeze-released',
  'withdrawal',
  'adjustment',
  'refund',
  'transfer-out',
  'transfer-in',
  'settlement',
  'waiver',
  'dispute',
  'dispute-outcome',
  'period-closed',
  'period-reopened',
  'alert-rules',
] as const;
export type EntryType = (typeof ENTRY_TYPES)[number];

/** One line of an entry before its lot's balance is known: credits > 0 of one lot between two buckets. */
export interface PostingDraft {
  readonly lotId: number;
  readonly from: Bucket;
  readonly to: Bucket;
  readonly credits: Amount;
  readonly rateVersion: string | null;
  /** The part of the action that these credits pay, as text; null where no action is priced. */
  readonly share: string | null;
}

export interface Posting extends PostingDraft {
  /** 1, 2, 3 ... in its entry. */
  readonly line: number;
  /** The lot's available and held credits after this line. */
  readonly lotAvailableAfter: Amount;
  readonly lotHeldAfter: Amount;
}

/** What a command brings along besides its matter: who, under which key, asking exactly what. */
export interface Origin {
  /** 16-byte digest of the idempotency key, hex. Null only where an entry follows from another one of the same transaction. */
  readonly keyDigest: string | null;
  /** 16-byte digest of the request, hex: the same key with another one is refused. */
  readonly fingerprint: string | null;
  /** An opaque id, never a name: `key:<id>`, `person:<id>` or `sys`. */
  readonly actor: string;
}

/** Free metadata of a caller. It stays outside the entry, which commits to it by a salted hash (SPEC 14). */
export interface Metadata {
  readonly salt: string;
  readonly text: string;
  /** SHA-256, hex, of salt and text. */
  readonly hash: string;
}

export interface EntryDraft extends Origin {
  readonly type: EntryType;
  readonly occurredAt: number;
  readonly feature: string | null;
  /** Id of what the entry is about, besides lots: order form, notice, purchase, hold. */
  readonly subject: string | null;
  /** `seq` of the entry that this one answers to, e.g. the debit that is reversed. */
  readonly cites: number | null;
  /** Credits moved by the entry as a whole, >= 0. */
  readonly credits: Amount;
  /** Usage that no credit was there for, priced; null where all was funded. */
  readonly unfunded: Amount | null;
  /** The version that rated what no posting carries: a free action, the unfunded part, what trial use would have cost. */
  readonly rateVersion: string | null;
  /** Keyed pseudonym of the end user, hex. */
  readonly endUser: string | null;
  readonly metadata: Metadata | null;
  /** Canonical JSON object with what belongs to this type of entry; kept to the byte. */
  readonly detail: string;
  readonly postings: readonly PostingDraft[];
}

/** One immutable, numbered event of an account. */
export interface Entry extends Omit<EntryDraft, 'postings' | 'metadata'> {
  readonly accountId: string;
  /** 1, 2, 3 ... without a gap: the order of the account's events. */
  readonly seq: number;
  readonly hashVersion: number;
  /** Business time, in milliseconds, read after the account was locked, never before the account's last entry. */
  readonly recordedAt: number;
  /** Calendar day, in the account's zone, to whose period the entry is booked. */
  readonly accountingDate: string;
  readonly metadataHash: string | null;
  /** The account's sums after this entry. */
  readonly availableAfter: Amount;
  readonly heldAfter: Amount;
  /** SHA-256, hex, over the encoding of this entry and the hash of the one before. */
  readonly hash: string;
  readonly postings: readonly Posting[];
}
