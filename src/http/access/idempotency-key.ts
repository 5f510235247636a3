import { refusal, type Refusal } from '../../domain/errors.js';

/** Visible ASCII; what begins with `sys:` is the service's own (SPEC 5). */
const IDEMPOTENCY_KEY = /^(?!sys:)[\x21-\x7e]{1,255}$/;

export function isIdempotencyKey(value: unknown): value is string {
  return typeof value === 'string' && IDEMPOTENCY_KEY.test(value);
}

export function idempotencyKeyRefusal(pointer?: string): Refusal {
  return refusal(
    'invalid-idempotency-key',
    'An idempotency key is 1 to 255 visible ASCII characters and does not begin with "sys:". A UUIDv7 serves well.',
    pointer === undefined ? {} : { pointer },
  );
}
