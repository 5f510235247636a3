import type { Amount } from './credits.js';
import { shortDigest } from './hash-chain.js';

/** The differences that can be found, besides those that reconciliation adds. */
export const BREAK_KINDS = [
  /** More was paid than was owed. */
  'payment-excess',
  /** The same transaction was reported with another amount or currency. */
  'payment-conflict',
  'payment-wrong-currency',
  /** Money without an account, or for an account or a purchase that does not exist. */
  'payment-unknown-account',
  'payment-unknown-purchase',
  /** Money for a purchase that is paid, lapsed or voided, or for an account whose Term has lapsed. */
  'payment-not-owed',
  /** Money for a closed account. */
  'payment-account-closed',
  /** The bank took it back before it was booked. */
  'payment-reversed-unbooked',
  /** The bank took back money whose credits were allocated. */
  'payment-reversed',
  /** The bank took back more than the payment, or from a closed account. */
  'reversal-unbooked',
  /** The same reversal was reported with another amount or payment. */
  'reversal-conflict',
  /** The bank gave back what it had taken: finance decides on what was frozen. */
  'reversal-undone',
  /** Credits came back to a lot that was refunded before. */
  'return-to-refunded-lot',
  /** The verifier found that the entries do not explain something. */
  'ledger-difference',
  /** Payments against purchases against allocations. */
  'purchase-payments-differ',
  'purchase-reversals-differ',
  'allocation-without-payment',
  'allocation-missing',
  'allocation-unexpected',
  'allocation-differs',
  /** A backend's usage file against debits. */
  'usage-missing',
  'usage-different',
  'usage-twice',
  'usage-debited-twice',
  'usage-not-in-file',
  /** A provider's settlement file against payments. */
  'settlement-missing',
  'settlement-different',
  'settlement-twice',
  'settlement-not-in-file',
] as const;
export type BreakKind = (typeof BREAK_KINDS)[number];

/**
 * Kinds that say that the credits of an account are, or may be, other than they should be: its licensee is told (s.3). The
 * others are about money on its way, or about somebody else's file. The database has the same list, as `break.touches_balance`.
 */
export const TOUCHES_BALANCE: ReadonlySet<BreakKind> = new Set<BreakKind>([
  'payment-reversed',
  'return-to-refunded-lot',
  'ledger-difference',
  'allocation-without-payment',
  'allocation-missing',
  'allocation-unexpected',
  'allocation-differs',
  'usage-missing',
  'usage-different',
  'usage-debited-twice',
  'usage-not-in-file',
]);

/** How a person can resolve a break. Nothing is repaired by it: what has to be booked is booked by an act of its own. */
export const BREAK_RESOLUTIONS = ['matched', 'returned', 'corrected', 'accepted', 'duplicate'] as const;
export type BreakResolution = (typeof BREAK_RESOLUTIONS)[number];

/** A difference, as it was found. */
export interface BreakDraft {
  readonly kind: BreakKind;
  /** What it is about, in the terms of its kind: the same difference is found once. */
  readonly reference: string;
  /** The money in question. */
  readonly money: { readonly amount: Amount; readonly currency: string } | null;
  readonly credits: Amount | null;
  /** What shows it: ids and figures, no personal data. */
  readonly evidence: Readonly<Record<string, string | null>>;
}

/** Follows from what the break is about, so that an answer can name it before it is written. */
export function breakId({ kind, reference }: Pick<BreakDraft, 'kind' | 'reference'>): string {
  return shortDigest(`break:${kind}:${reference}`);
}

/** How breaks of payments name a transaction. */
export function transactionReference(provider: string, id: string): string {
  return JSON.stringify([provider, id]);
}
