import type { Amount } from '../credits.js';
import type { EntryType, PostingDraft } from '../entry.js';
import type { LotKind } from '../lot.js';

/** What the books read of an entry. */
export interface BookEntry {
  readonly seq: number;
  readonly type: EntryType;
  readonly occurredAt: number;
  readonly recordedAt: number;
  /** The calendar day that it is booked to. */
  readonly accountingDate: string;
  readonly feature: string | null;
  readonly subject: string | null;
  readonly cites: number | null;
  readonly credits: Amount;
  readonly unfunded: Amount | null;
  /** Canonical JSON. */
  readonly detail: string;
  readonly postings: readonly BookPosting[];
}

export type BookPosting = Pick<PostingDraft, 'lotId' | 'from' | 'to' | 'credits' | 'rateVersion' | 'share'>;

/** What the books have to know of a lot, besides its credits: what was paid for it. */
export interface BookLot {
  readonly lotId: number;
  readonly kind: LotKind;
  readonly rateVersion: string;
  readonly allocatedAt: number;
  /** Null: the whole Term. */
  readonly validUntil: number | null;
  readonly unitPrice: string | null;
  readonly orderFormId: string;
  readonly purchaseId: string | null;
  /** The lot of another account that its credits were transferred from, with consent (P7). */
  readonly source: { readonly accountId: string; readonly lotId: number } | null;
  /** What its credits carry, exclusive of tax (P8). Null: nothing was paid for them. The tax stays where it was paid. */
  readonly price: { readonly amount: Amount; readonly tax: Amount; readonly currency: string } | null;
}
