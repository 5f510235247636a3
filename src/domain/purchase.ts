import type { Amount } from './credits.js';

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
  /** Money received so far. */
  readonly paid: Amount;
}

export interface Payment {
  readonly provider: string;
  /** The provider's own transaction id: unique, so that a repeat is answered and not booked. */
  readonly providerPaymentId: string;
  readonly purchaseId: string;
  readonly amount: Amount;
  readonly currency: string;
  readonly receivedAt: number;
}

/** What has to be received before anything is allocated (P3). */
export function amountDue(purchase: Purchase): Amount {
  return purchase.price.add(purchase.tax);
}

export function paymentKey(provider: string, providerPaymentId: string): string {
  return JSON.stringify([provider, providerPaymentId]);
}
