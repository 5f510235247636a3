/**
 * Every reason for which the service refuses something. The codes are stable and part of the interface;
 * only `http/` turns a code into a status, so that a rule never knows about its transport.
 */
export const ERROR_CODES = [
  'account-busy',
  'account-closed',
  'account-exists',
  'account-not-found',
  'account-suspended',
  'alert-required',
  'alert-rule-exists',
  'amount-out-of-range',
  'api-key-ended',
  'api-key-not-found',
  'break-not-found',
  'break-resolved',
  'business-clock-not-advanceable',
  'contact-exists',
  'contact-not-found',
  'currency-mismatch',
  'database-unavailable',
  'delivery-not-found',
  'dispute-closed',
  'dispute-exists',
  'dispute-not-found',
  'endpoint-not-found',
  'entry-not-found',
  'evidence-not-found',
  'exceeds-lot',
  'feature-not-ordered',
  'forbidden',
  'group-too-small',
  'headers-too-large',
  'hold-exists',
  'hold-extension-out-of-range',
  'hold-finalized',
  'hold-not-found',
  'idempotency-key-reused',
  'identity-not-checked',
  'identity-provider-unavailable',
  'insufficient-credits',
  'internal-error',
  'invalid-amount',
  'invalid-idempotency-key',
  'invalid-request',
  'invalid-signature',
  'invalid-usage',
  'licensee-exists',
  'licensee-not-found',
  'limit-reached',
  'link-invalid',
  'lot-frozen',
  'lot-not-bought-later',
  'lot-not-found',
  'lot-not-frozen',
  'lot-not-refundable',
  'lot-refunded',
  'malformed-json',
  'malformed-request',
  'method-not-allowed',
  'no-rate-for-meter',
  'non-transferable',
  'not-found',
  'not-reversible',
  'not-suspended',
  'nothing-due',
  'notice-exists',
  'notice-not-found',
  'notice-period-too-short',
  'occurred-at-out-of-range',
  'order-form-exists',
  'order-form-not-found',
  'outcome-unknown',
  'overloaded',
  'payload-too-large',
  'payment-conflict',
  'payment-not-found',
  'payment-not-received',
  'pending-act-ended',
  'pending-act-not-found',
  'period-closed',
  'period-not-found',
  'period-not-over',
  'price-rounds-to-zero',
  'price-too-soon',
  'privacy-notice-not-found',
  'privacy-notice-too-soon',
  'privacy-request-answered',
  'privacy-request-not-found',
  'proposal-not-found',
  'proposal-resolved',
  'purchase-exists',
  'purchase-final',
  'purchase-not-found',
  'purchase-not-payable',
  'quantity-too-large',
  'quote-expired',
  'quote-not-found',
  'rate-card-exists',
  'rate-card-not-found',
  'rate-limited',
  'rate-rounds-to-zero',
  'rate-version-in-force',
  'rate-version-not-found',
  'rate-version-not-published',
  'rate-version-withdrawn',
  'request-timeout',
  'reversal-conflict',
  'reconciliation-not-found',
  'reversal-exceeds-debit',
  'reversal-exceeds-payment',
  'rule-not-found',
  'second-operator-required',
  'settlement-changed',
  'shortfall-exceeds-tolerance',
  'shutting-down',
  'sign-in-link-ended',
  'sign-in-refused',
  'term-ended',
  'too-many-alert-rules',
  'transfer-half-done',
  'unauthenticated',
  'unfunded-usage-ended',
  'unfunded-usage-not-found',
  'unsupported-media-type',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Why a command was not carried out. Nothing was booked, save the status change that a first refusal causes (P5). */
export interface Refusal {
  readonly code: ErrorCode;
  /** One sentence for a person: what is wrong and what to do. */
  readonly detail: string;
  /** JSON pointer to the offending part of the request, when there is one. */
  readonly pointer?: string;
  /** Figures that belong to the refusal, amounts as strings. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export function refusal(code: ErrorCode, detail: string, more: Omit<Refusal, 'code' | 'detail'> = {}): Refusal {
  return { code, detail, ...more };
}

/** A refusal on its way to the caller where a return value would have to pass through many hands. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  constructor(readonly refusal: Refusal) {
    super(`${refusal.code}: ${refusal.detail}`);
  }
}

export function refuse(code: ErrorCode, detail: string, more: Omit<Refusal, 'code' | 'detail'> = {}): never {
  throw new RefusedError(refusal(code, detail, more));
}
