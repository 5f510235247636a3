import { ZERO, type Amount } from './credits.js';

export const PURCHASE_STATES = ['awaiting_payment', 'partially_paid', 'allocated', 'overdue', 'lapsed', 'voided'] as const;
export type PurchaseState = (typeof PURCHASE_STATES)[number];

/** Where no day for payment is on record. */
export const NEVER_DUE = Number.MAX_SAFE_INTEGER;

/** An order for credits, with everything that was frozen when it was placed (SPEC 7). */
export interface Purchase {
  readonly purchaseId: string;
  readonly orderFormId: string;
  readonly placedBy: 'order-form' | 'account';
  readonly credits: Amount;
  /** Price of one credit, up to 12 places, exclusive of tax. */
  readonly unitPrice: string;
  /** The version of the card's price list that it was bought at; null: the order form's own price. */
  readonly priceVersion: string | null;
  readonly currency: string;
  readonly price: Amount;
  /** Kept apart from the price (P8). */
  readonly tax: Amount;
  readonly cardId: string;
  /** The version in force for this account when it was placed, also when it is paid after a change (P2). */
  readonly rateVersion: string;
  readonly purchasedAt: number;
  /** The first instant at which nothing received is too late: the end of the last day for payment. */
  readonly paymentDueAt: number;
  readonly state: PurchaseState;
  /** Money received for it so far, less what the bank took back before the allocation; never more than what is due. */
  readonly paid: Amount;
  /** Tax withheld under a certificate: it counts as paid. */
  readonly withheld: Amount;
  /** A shortfall within the tolerance that finance let go. */
  readonly writtenOff: Amount;
  /** Of what was paid, what the bank took back after the allocation. */
  readonly reversed: Amount;
}

/** The figures of money with which a purchase begins. */
export const NOTHING_PAID = { paid: ZERO, withheld: ZERO, writtenOff: ZERO, reversed: ZERO } as const;

export interface Payment {
  readonly provider: string;
  /** The provider's own transaction id: unique, so that a repeat is answered and not booked. */
  readonly providerPaymentId: string;
  readonly purchaseId: string;
  readonly amount: Amount;
  readonly currency: string;
  readonly receivedAt: number;
  /** What of it was more than what was owed: it bought nothing. */
  readonly excess: Amount;
  /** What the bank took back of it, under these ids of the provider. */
  readonly reversed: Amount;
  readonly reversalIds: readonly string[];
}

/** Money that the bank took back (SPEC 7). */
export interface PaymentReversal {
  readonly provider: string;
  /** The provider's own id of the reversal: unique, like that of a payment. */
  readonly reversalId: string;
  readonly providerPaymentId: string;
  readonly purchaseId: string;
  readonly amount: Amount;
  readonly currency: string;
  readonly reversedAt: number;
}

/** What has to be received before anything is allocated (P3). */
export function amountDue(purchase: Purchase): Amount {
  return purchase.price.add(purchase.tax);
}

/** What is still missing: withheld tax and a written off shortfall count as paid. */
export function amountOwed(purchase: Purchase): Amount {
  return amountDue(purchase).sub(purchase.paid).sub(purchase.withheld).sub(purchase.writtenOff);
}

export function paymentKey(provider: string, providerPaymentId: string): string {
  return JSON.stringify([provider, providerPaymentId]);
}
