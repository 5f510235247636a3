import type { Lot, LotKind } from './lot.js';

/**
 * The total order in which lots burn (SPEC 4): priority, earliest end of validity, earliest allocation, lot id.
 * A lot without an end of its own lasts as long as the Term, which no other lot outlives, so it comes after those with one.
 * The index `lot_burn_order` keeps the same order: the first lots that it yields are the first lots here.
 */
export function compareBurnOrder(a: Lot, b: Lot): number {
  return (
    a.priority - b.priority ||
    (a.validUntil ?? Infinity) - (b.validUntil ?? Infinity) || // Infinity - Infinity is NaN, hence falsy: the next key decides
    a.allocatedAt - b.allocatedAt ||
    a.lotId - b.lotId
  );
}

/** Granted credits burn before bought ones, unless the order form says otherwise. */
export const DEFAULT_PRIORITY: Readonly<Record<LotKind, number>> = { trial: 10, promotional: 20, purchase: 30, adjustment: 30 };

/** The list with one lot put in or replaced, in burn order. */
export function withLotInOrder(lots: readonly Lot[], lot: Lot): readonly Lot[] {
  const at = lots.findIndex((other) => other.lotId === lot.lotId);
  if (at >= 0) return lots.with(at, lot);
  const place = lots.findIndex((other) => compareBurnOrder(lot, other) < 0);
  return lots.toSpliced(place < 0 ? lots.length : place, 0, lot);
}
