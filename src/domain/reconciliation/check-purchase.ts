import { ZERO, formatCredits, type Amount } from '../credits.js';
import { formatMoney } from '../money.js';
import type { BreakDraft } from '../break.js';
import type { PurchaseState } from '../purchase.js';

/** A purchase beside the money that is on record for it, and the lot that it became. */
export interface PurchaseWithMoney {
  readonly accountId: string;
  readonly purchaseId: string;
  readonly state: PurchaseState;
  readonly currency: string;
  readonly credits: Amount;
  /** Price and tax. */
  readonly due: Amount;
  readonly paid: Amount;
  /** Withheld tax, and what finance wrote off. */
  readonly besides: Amount;
  readonly reversed: Amount;
  /** The sum of its payments, without what was more than owed, and without what was taken back before the allocation. */
  readonly received: Amount;
  /** What was taken back after the allocation, of what had paid for it. */
  readonly takenBack: Amount;
  readonly payments: number;
  readonly lot: { readonly lotId: number; readonly issued: Amount } | null;
}

/** SPEC 13, 16.7: payments against purchases against allocations. Nothing is repaired: each difference is a break. */
export function checkPurchase(purchase: PurchaseWithMoney): BreakDraft[] {
  const { paid, received, reversed, takenBack, lot, state, due, besides, currency, credits } = purchase;
  const breaks: BreakDraft[] = [];
  const money = (value: Amount): string => formatMoney(value, currency);
  const found = (kind: BreakDraft['kind'], amount: Amount | null, differs: Amount | null, evidence: Readonly<Record<string, string | null>>): void => {
    const { accountId, purchaseId } = purchase;
    breaks.push({
      kind,
      reference: JSON.stringify([accountId, purchaseId]),
      money: amount === null ? null : { amount, currency },
      credits: differs,
      evidence: { accountId, purchaseId, state, ...evidence },
    });
  };
  if (!paid.eq(received)) {
    found('purchase-payments-differ', paid.sub(received).abs(), null, { paid: money(paid), received: money(received), payments: String(purchase.payments) });
  }
  if (!reversed.eq(takenBack)) found('purchase-reversals-differ', reversed.sub(takenBack).abs(), null, { reversed: money(reversed), takenBack: money(takenBack) });
  if (lot !== null && (received.isZero() || received.add(besides).lt(due))) {
    found('allocation-without-payment', due.sub(received).sub(besides), lot.issued, { lotId: String(lot.lotId), due: money(due), received: money(received) });
  }
  if (lot === null && state === 'allocated') found('allocation-missing', due, credits, { due: money(due) });
  if (lot !== null && state !== 'allocated') found('allocation-unexpected', null, lot.issued, { lotId: String(lot.lotId) });
  if (lot !== null && !lot.issued.eq(credits)) {
    found('allocation-differs', null, lot.issued.sub(credits).abs(), { lotId: String(lot.lotId), bought: formatCredits(credits), issued: formatCredits(lot.issued) });
  }
  return breaks;
}

/** A difference that the verifier found, as a break. The credits are what expected and found differ by, where both are amounts. */
export function differenceBreak({ accountId, at, what, expected, found }: LedgerDifference): BreakDraft {
  return {
    kind: 'ledger-difference',
    reference: JSON.stringify([accountId, at, what]),
    money: null,
    credits: creditsBetween(what, expected, found),
    evidence: { accountId, at, what, expected: expected.slice(0, SHOWN), found: found.slice(0, SHOWN) },
  };
}

interface LedgerDifference {
  readonly accountId: string | null;
  readonly at: string;
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

const SHOWN = 1_000;
const CREDITS = /^-?\d{1,29}\.\d{9}$/;

function creditsBetween(what: string, expected: string, found: string): Amount | null {
  if (!what.includes('credits') || !CREDITS.test(expected) || !CREDITS.test(found)) return null;
  return ZERO.add(expected).sub(found).abs();
}
