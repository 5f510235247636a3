import { ZERO, type Amount } from './credits.js';

/** Where credits of a lot stand. `issued` is the source: issued = the sum of all others (SPEC 16.1). */
export const BUCKETS = ['issued', 'available', 'held', 'consumed', 'lapsed', 'frozen', 'withdrawn', 'transferred'] as const;
export type Bucket = (typeof BUCKETS)[number];

export const LOT_KINDS = ['purchase', 'trial', 'promotional', 'adjustment'] as const;
export type LotKind = (typeof LOT_KINDS)[number];

/**
 * `frozen`: the bank took back money that bought credits of it, and finance has not decided (SPEC 7). `refunded`: what was
 * left of it was paid back, and nothing returns to it any more.
 */
export const LOT_CONDITIONS = ['normal', 'frozen', 'refunded'] as const;
export type LotCondition = (typeof LOT_CONDITIONS)[number];

/** What never changes about a lot: above all the rate version it was bought at (P2). */
export interface LotTerms {
  /** The `seq` of the entry that issued it: unique in its account, and older lots have smaller numbers. */
  readonly lotId: number;
  readonly kind: LotKind;
  readonly cardId: string;
  readonly rateVersion: string;
  /** Price of one credit with up to 12 places; null where nothing was paid (trial, promotional). */
  readonly unitPrice: string | null;
  readonly currency: string | null;
  readonly purchaseId: string | null;
  readonly orderFormId: string;
  readonly allocatedAt: number;
  /** The lot that a consented transfer took these credits from (P7); absent: they were issued here. */
  readonly source?: { readonly accountId: string; readonly lotId: number };
  /** First instant at which it is no longer valid; null: valid for the whole Term (P4). */
  readonly validUntil: number | null;
}

/** A lot as it stands: its terms, its place in the burn order, and the credits in each bucket. */
export interface Lot extends LotTerms {
  /** Smaller burns first. */
  readonly priority: number;
  readonly condition: LotCondition;
  /** Credits still to be frozen, of what holds and reversals will return: they were not available when the freeze came. */
  readonly freezeOwed: Amount;
  readonly buckets: Readonly<Record<Bucket, Amount>>;
}

export const EMPTY_BUCKETS: Readonly<Record<Bucket, Amount>> = Object.freeze({
  issued: ZERO,
  available: ZERO,
  held: ZERO,
  consumed: ZERO,
  lapsed: ZERO,
  frozen: ZERO,
  withdrawn: ZERO,
  transferred: ZERO,
});

/** A lot is open while it has credits that may still move without an act of finance. */
export function isOpen(lot: Lot): boolean {
  return !lot.buckets.available.isZero() || !lot.buckets.held.isZero();
}

type EligibleByTime = Pick<LotTerms, 'allocatedAt' | 'validUntil'> & { readonly buckets: { readonly available: Amount } };

/** Eligible for an action at that time: allocated by then, still valid then, and with credits available (SPEC 4). */
export function isEligible(lot: EligibleByTime, actionTime: number): boolean {
  return (
    lot.allocatedAt <= actionTime &&
    (lot.validUntil === null || actionTime < lot.validUntil) &&
    !lot.buckets.available.isZero()
  );
}

/**
 * Moves credits of one lot between two buckets. Leaving `issued` raises what was issued: it is the source. What goes to
 * `frozen` pays what was owed to it. Throws on an overdraft, which no decision may ever produce.
 */
export function moveCredits(lot: Lot, from: Bucket, to: Bucket, credits: Amount): Lot {
  const buckets = { ...lot.buckets };
  if (from === 'issued') {
    buckets.issued = buckets.issued.add(credits);
  } else {
    buckets[from] = buckets[from].sub(credits);
    if (buckets[from].isNegative() && !buckets[from].isZero()) throw new Error(`lot ${lot.lotId}: ${from} would go below zero`);
  }
  buckets[to] = buckets[to].add(credits);
  if (to !== 'frozen') return { ...lot, buckets };
  const freezeOwed = lot.freezeOwed.sub(credits);
  if (freezeOwed.isNegative() && !freezeOwed.isZero()) throw new Error(`lot ${lot.lotId}: more would be frozen than is disputed`);
  return { ...lot, freezeOwed, buckets };
}
