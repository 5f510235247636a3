import { moneyOfStripe, type Money } from './stripe-money.js';
import type { PaymentReport } from './record-payment.js';
import type { ReversalReport } from './reverse-payment.js';

/** What an event of Stripe says about money, in this service's words. */
export type StripeReport =
  | { readonly kind: 'payment'; readonly report: PaymentReport }
  | { readonly kind: 'reversal'; readonly report: ReversalReport }
  /** The bank gave back what it had taken. */
  | { readonly kind: 'undone'; readonly providerPaymentId: string; readonly reversalId: string; readonly money: Money }
  | { readonly kind: 'nothing' };

/** The members of Stripe's events that are looked at: a subset of its types, so that tests need no whole ones. */
export interface StripeEvent {
  readonly type: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly data: { readonly object: StripeObject; readonly previous_attributes?: { readonly amount_refunded?: number | undefined } | undefined };
}

interface StripeObject {
  readonly id: string;
  readonly currency?: string | undefined;
  readonly amount?: number | undefined;
  readonly amount_received?: number | undefined;
  readonly amount_captured?: number | undefined;
  readonly amount_refunded?: number | undefined;
  readonly captured?: boolean | undefined;
  readonly payment_intent?: string | { readonly id: string } | null | undefined;
  readonly charge?: string | { readonly id: string } | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
}

const PROVIDER = 'stripe';
const NOTHING: StripeReport = { kind: 'nothing' };
const ID = /^[A-Za-z0-9][\w.-]{0,63}$/;

/**
 * A payment has the id of its payment intent, or of its charge where there is no intent; what is refunded in parts is told
 * by its running total, so that each part has an id of its own in any order of delivery. Whose money it is, the metadata
 * `accountId` and `purchaseId` say; without them it is recorded, and matched by finance.
 */
export function readStripeEvent(event: StripeEvent): StripeReport {
  const { object } = event.data;
  switch (event.type) {
    case 'payment_intent.succeeded':
      return payment(object, object.id, object.amount_received, event.created);
    case 'charge.succeeded':
    case 'charge.captured':
      // What is only authorized is no money yet; and where there is an intent, its own event brings the money.
      return object.captured === false || idOf(object.payment_intent) !== null
        ? NOTHING
        : payment(object, object.id, object.amount_captured ?? object.amount, event.created);
    case 'charge.refunded':
      return refund(object, event);
    case 'charge.dispute.funds_withdrawn':
      return reversal(object, object.id, object.amount, event.created, 'Disputed by the payer’s bank');
    case 'charge.dispute.funds_reinstated': {
      const money = moneyOfStripe(object.amount ?? 0, object.currency);
      return money === null ? NOTHING : { kind: 'undone', providerPaymentId: paymentOf(object), reversalId: object.id, money };
    }
    default:
      return NOTHING;
  }
}

function payment(object: StripeObject, providerPaymentId: string, minorUnits: number | undefined, created: number): StripeReport {
  const money = moneyOfStripe(minorUnits ?? 0, object.currency);
  if (money === null) return NOTHING;
  const claimed = (name: string): string | null => {
    const value = object.metadata?.[name];
    return value !== undefined && ID.test(value) ? value : null;
  };
  return {
    kind: 'payment',
    report: {
      accountId: claimed('accountId'),
      purchaseId: claimed('purchaseId'),
      provider: PROVIDER,
      providerPaymentId,
      ...money,
      receivedAt: created * 1_000,
    },
  };
}

function refund(charge: StripeObject, event: StripeEvent): StripeReport {
  const total = charge.amount_refunded ?? 0;
  const before = event.data.previous_attributes?.amount_refunded ?? 0;
  return reversal(charge, `${charge.id}/refunded/${total}`, total - before, event.created, 'Refunded at the provider');
}

function reversal(object: StripeObject, reversalId: string, minorUnits: number | undefined, created: number, reason: string): StripeReport {
  const money = moneyOfStripe(minorUnits ?? 0, object.currency);
  if (money === null) return NOTHING;
  const report = { provider: PROVIDER, providerPaymentId: paymentOf(object), reversalId, ...money, reversedAt: created * 1_000, reason };
  return { kind: 'reversal', report };
}

/** The payment intent of a charge or dispute; a charge without one is its own. */
function paymentOf({ id, payment_intent: intent, charge }: StripeObject): string {
  return idOf(intent) ?? idOf(charge) ?? id;
}

function idOf(reference: string | { readonly id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) return null;
  return typeof reference === 'string' ? reference : reference.id;
}
