import Stripe from 'stripe';
import { z } from 'zod';
import { RefusedError, refuse } from '../../domain/errors.js';
import type { StripeEvent } from '../../operations/stripe-event.js';
import { parseJson } from './json-body.js';

/** Verifies who sent a body and reads it; null: an event that says nothing of money that this service knows. */
export type StripeVerifier = (body: unknown, signature: unknown) => StripeEvent | null;

const reference = z.union([z.string(), z.looseObject({ id: z.string() })]).nullish();
const minorUnits = z.int().optional();
const event = z.looseObject({
  type: z.string(),
  created: z.int().nonnegative(),
  data: z.looseObject({
    object: z.looseObject({
      id: z.string().min(1).max(100),
      currency: z.string().max(10).optional(),
      amount: minorUnits,
      amount_received: minorUnits,
      amount_captured: minorUnits,
      amount_refunded: minorUnits,
      captured: z.boolean().optional(),
      payment_intent: reference,
      charge: reference,
      metadata: z.record(z.string(), z.string()).nullish(),
    }),
    previous_attributes: z.looseObject({ amount_refunded: minorUnits }).optional(),
  }),
});

/**
 * Stripe's own library verifies the signature over the bytes, and that it is not older than five minutes of wall time.
 * Several secrets are in force while one takes the place of another. Without any, nothing is taken.
 */
export function stripeVerifier(secrets: readonly string[], wallNow: () => number): StripeVerifier {
  return (body, signature) => {
    if (secrets.length === 0) refuse('not-found', 'No payment provider is set up here.');
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    if (typeof signature !== 'string' || !secrets.some((secret) => isSignedWith(secret, bytes, signature, wallNow()))) {
      refuse('invalid-signature', 'The body is not signed with the secret of this endpoint, or was signed too long ago.');
    }
    const json = parseJson(bytes);
    if (!json.ok) throw new RefusedError(json.refusal);
    const read = event.safeParse(json.value);
    return read.success ? read.data : null;
  };
}

/** Whatever the library makes of a header that is none, such a body is not signed. */
function isSignedWith(secret: string, body: Buffer, signature: string, receivedAt: number): boolean {
  const { webhooks } = Stripe;
  try {
    return webhooks.signature?.verifyHeader(body, signature, secret, webhooks.DEFAULT_TOLERANCE, undefined, receivedAt) ?? false;
  } catch {
    return false;
  }
}
