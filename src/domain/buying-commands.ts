import type { CommandBase } from './command-base.js';
import type { Amount } from './credits.js';
import type { PriceVersion } from './price.js';
import type { PurchaseQuote } from './quote.js';

/** Placed by an admin of the licensee, and by nobody else (P6). */
export interface PlacePurchase extends CommandBase {
  readonly type: 'place-purchase';
  readonly purchaseId: string;
  /** Null: the governing order form. */
  readonly orderFormId: string | null;
  readonly credits: Amount;
  /** The price list of the account's cards, as far as it was published; absent: none, and the order form's price holds. */
  readonly prices?: readonly PriceVersion[];
  /** What the licensee was offered: placed exactly like this, or not at all. Its id is the purchase's. */
  readonly quote?: PurchaseQuote;
}

/** By an operator, as long as nothing was received for it. */
export interface VoidPurchase extends CommandBase {
  readonly type: 'void-purchase';
  readonly purchaseId: string;
  readonly reason: string;
}

/** Tax that the licensee withheld and paid to its authority: counts as paid. */
export interface RecordWithholding extends CommandBase {
  readonly type: 'record-withholding';
  readonly purchaseId: string;
  readonly amount: Amount;
  readonly currency: string;
  /** The authority's certificate. */
  readonly certificate: string;
}

/** Finance lets go of what is missing, within the order form's tolerance. */
export interface WriteOffShortfall extends CommandBase {
  readonly type: 'write-off-shortfall';
  readonly purchaseId: string;
  readonly reason: string;
}

/** The bank took money back, in whole or in part. */
export interface ReversePayment extends CommandBase {
  readonly type: 'reverse-payment';
  readonly provider: string;
  readonly providerPaymentId: string;
  readonly reversalId: string;
  readonly amount: Amount;
  readonly currency: string;
  readonly reversedAt: number;
  readonly reason: string;
}

export interface RecordPayment extends CommandBase {
  readonly type: 'record-payment';
  readonly provider: string;
  readonly providerPaymentId: string;
  readonly purchaseId: string;
  readonly amount: Amount;
  readonly currency: string;
  readonly receivedAt: number;
  /** Why finance takes it for this purchase, where the payment itself did not say so. */
  readonly matched?: string;
}
