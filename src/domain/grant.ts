import type { AccountState } from './account-state.js';
import { OWN_LOT, type Booking, type Context } from './booking.js';
import { endOfDay } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { Grant } from './command.js';
import { governingOrderForm, priorityOf, versionForPurchase } from './contract.js';
import { refusal, type Refusal } from './errors.js';
import { rateVersionId } from './rate.js';
import { termAt } from './term.js';

/** Gives trial or promotional credits: a lot that nobody paid for, pinned to the rates of its day like any other. */
export function decideGrant(state: AccountState, command: Grant, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const form = governingOrderForm(contract, context.now);
  const term = termAt(contract, context.now);
  if (form === null || term === null) {
    return refusal('order-form-not-found', 'Credits are granted under an order form, and this account has signed none.');
  }
  if (context.now >= term.until) return refusal('term-ended', 'The Term of this account has ended.');
  const ownEnd = command.validThrough === null ? null : endOfDay(command.validThrough, form.timeZone);
  if (ownEnd !== null && ownEnd <= context.now) {
    return refusal('invalid-request', 'validThrough lies in the past.', { pointer: '/validThrough' });
  }
  // No lot outlives the Term: an end of its own that is not earlier is no end of its own.
  const validUntil = ownEnd === null || ownEnd >= term.until ? null : ownEnd;
  const rateVersion = rateVersionId(form.cardId, versionForPurchase(contract, form, context.now));
  const lot = {
    kind: command.kind,
    cardId: form.cardId,
    rateVersion,
    unitPrice: null,
    currency: null,
    purchaseId: null,
    orderFormId: form.orderFormId,
    allocatedAt: Math.max(context.now, state.lastRecordedAt),
    validUntil,
    priority: priorityOf(contract, command.kind) ?? form.priority[command.kind],
  };
  return [
    {
      draft: {
        type: 'grant',
        keyDigest: command.keyDigest,
        fingerprint: command.fingerprint,
        actor: command.actor,
        occurredAt: context.now,
        feature: null,
        subject: null,
        cites: null,
        credits: command.credits,
        unfunded: null,
        rateVersion,
        endUser: null,
        metadata: null,
        detail: canonicalJson({ ...lotDetail(lot), reason: command.reason }),
        postings: [
          { lotId: OWN_LOT, from: 'issued', to: 'available', credits: command.credits, rateVersion, share: null },
        ],
      },
      opens: lot,
    },
  ];
}

/** The terms of a lot as the entry that issues it records them: a verifier rebuilds the lot from this. */
export function lotDetail(lot: NonNullable<Booking['opens']>): Record<string, string | null> {
  return {
    ...(lot.source === undefined ? {} : { sourceAccountId: lot.source.accountId, sourceLotId: String(lot.source.lotId) }),
    kind: lot.kind,
    cardId: lot.cardId,
    rateVersion: lot.rateVersion,
    unitPrice: lot.unitPrice,
    currency: lot.currency,
    purchaseId: lot.purchaseId,
    orderFormId: lot.orderFormId,
    allocatedAt: new Date(lot.allocatedAt).toISOString(),
    validUntil: lot.validUntil === null ? null : new Date(lot.validUntil).toISOString(),
    priority: String(lot.priority),
  };
}
