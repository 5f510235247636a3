import type { ErrorCode } from '../../domain/errors.js';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Worth the same request again, after so many seconds. */
  readonly retryAfter?: number;
}

const again = { status: 503, retryAfter: 1 } as const;

/** The only place where a code becomes a status: exhaustive, so that a new code does not compile until it has one. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  'account-busy': { ...again, title: 'The account is busy' },
  'account-exists': { status: 409, title: 'The account exists already' },
  'account-not-found': { status: 404, title: 'No such account' },
  'account-suspended': { status: 403, title: 'The account is suspended' },
  'amount-out-of-range': { status: 422, title: 'The amount is out of range' },
  'api-key-not-found': { status: 404, title: 'No such API key' },
  'business-clock-not-advanceable': { status: 409, title: 'The business clock cannot be advanced' },
  'currency-mismatch': { status: 422, title: 'The currency is not that of the purchase' },
  'database-unavailable': { ...again, title: 'The database cannot be reached' },
  'entry-not-found': { status: 404, title: 'No such entry' },
  'feature-not-ordered': { status: 403, title: 'The feature is not in the order form' },
  forbidden: { status: 403, title: 'The key may not do this' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key belongs to another request' },
  'insufficient-credits': { status: 402, title: 'The balance does not cover this' },
  'internal-error': { status: 500, title: 'The service failed' },
  'invalid-amount': { status: 422, title: 'Not an amount' },
  'invalid-idempotency-key': { status: 400, title: 'The idempotency key is missing or malformed' },
  'invalid-request': { status: 422, title: 'The request is not valid' },
  'invalid-usage': { status: 422, title: 'The usage is not valid' },
  'licensee-exists': { status: 409, title: 'The licensee exists already' },
  'licensee-not-found': { status: 404, title: 'No such licensee' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'no-rate-for-meter': { status: 422, title: 'No rate for this usage' },
  'not-found': { status: 404, title: 'Nothing is here' },
  'not-reversible': { status: 422, title: 'The entry cannot be reversed' },
  'notice-not-found': { status: 404, title: 'No such notice' },
  'notice-period-too-short': { status: 422, title: 'Less than 30 days of notice' },
  'occurred-at-out-of-range': { status: 422, title: 'occurredAt is out of range' },
  'order-form-exists': { status: 409, title: 'The order form is signed already' },
  'order-form-not-found': { status: 404, title: 'No such order form' },
  'outcome-unknown': { ...again, title: 'The outcome is not known' },
  overloaded: { ...again, title: 'The service is overloaded' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'payment-conflict': { status: 409, title: 'The payment is on record with other content' },
  'payment-exceeds-price': { status: 422, title: 'More than what is owed' },
  'purchase-not-found': { status: 404, title: 'No such purchase' },
  'purchase-not-payable': { status: 409, title: 'Nothing is owed for this purchase' },
  'quantity-too-large': { status: 422, title: 'More than the order form allows in one action' },
  'rate-card-exists': { status: 409, title: 'The rate card exists already' },
  'rate-card-not-found': { status: 404, title: 'No such rate card' },
  'rate-rounds-to-zero': { status: 422, title: 'The rate would round to zero' },
  'rate-version-not-found': { status: 404, title: 'No such rate version' },
  'rate-version-not-published': { status: 409, title: 'The rate version is not published' },
  'reversal-exceeds-debit': { status: 422, title: 'More than is left of the debit' },
  'shutting-down': { ...again, title: 'This instance is shutting down' },
  'term-ended': { status: 403, title: 'Outside the Term' },
  unauthenticated: { status: 401, title: 'No valid API key' },
  'unsupported-media-type': { status: 415, title: 'The body is not application/json' },
};
