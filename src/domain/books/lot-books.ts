import { ZERO, type Amount } from '../credits.js';
import { BUCKETS, type Bucket } from '../lot.js';
import type { BookEntry, BookLot } from './book-entry.js';
import { NO_MONEY, moneyOf, PLACES, type LotMoney, type Place } from './lot-money.js';

/** What may happen to credits that are still to be served (SPEC 13), one column each. */
export const COLUMNS = ['purchased', 'granted', 'consumed', 'lapsed', 'reinstated', 'frozen', 'withdrawn', 'transferred', 'adjusted'] as const;
export type Column = (typeof COLUMNS)[number];
export type Columns = Record<Column, Amount>;

export function noColumns(): Columns {
  return Object.fromEntries(COLUMNS.map((column) => [column, ZERO])) as Columns;
}

/** A lot as the entries up to here leave it. */
export interface LotBook {
  readonly lot: BookLot;
  readonly buckets: Record<Bucket, Amount>;
  money: LotMoney;
}

/** One posting: what it did to the credits and the money that are still to be served, more or less, and by which column. */
export interface Movement {
  readonly book: LotBook;
  readonly from: Bucket;
  readonly to: Bucket;
  readonly posted: Amount;
  readonly credits: Partial<Columns>;
  /** Null: the lot carries no money. */
  readonly money: Partial<Columns> | null;
  /** What each place of the lot's money got, or lost. */
  readonly moved: LotMoney;
}

/** The lots of one account along its entries, in order of `seq`. It grows with the lots, not with the entries. */
export class LotBooks {
  readonly books = new Map<number, LotBook>();

  constructor(lots: Iterable<BookLot>) {
    for (const lot of lots) {
      const buckets = Object.fromEntries(BUCKETS.map((bucket) => [bucket, ZERO])) as Record<Bucket, Amount>;
      this.books.set(lot.lotId, { lot, buckets, money: NO_MONEY });
    }
  }

  /** The movements of an entry, in order of its lines. Throws on a lot that nobody knows: the verifier names such a thing. */
  apply(entry: BookEntry): Movement[] {
    return entry.postings.map(({ lotId, from, to, credits }) => {
      const book = this.books.get(lotId);
      if (book === undefined) throw new Error(`entry ${entry.seq} names lot ${lotId}, which is not there: run the verifier`);
      const { buckets } = book;
      buckets[from] = from === 'issued' ? buckets.issued.add(credits) : buckets[from].sub(credits);
      buckets[to] = buckets[to].add(credits);
      const before = book.money;
      const { price } = book.lot;
      // What only moves between available and held is still to be served.
      if (price !== null && (isPlace(from) || isPlace(to) || from === 'issued')) book.money = moneyOf(price.amount, price.currency, buckets);
      const moved = book.money === before ? NO_MONEY : difference(book.money, before);
      return { book, from, to, posted: credits, credits: creditColumns(entry, from, to, credits), money: price === null ? null : moneyColumns(entry, from, moved), moved };
    });
  }
}

function isPlace(bucket: Bucket): bucket is Place {
  return (PLACES as readonly Bucket[]).includes(bucket);
}

function difference(after: LotMoney, before: LotMoney): LotMoney {
  const moved: Record<Place | 'deferred', Amount> = { ...NO_MONEY, deferred: after.deferred.sub(before.deferred) };
  for (const place of PLACES) moved[place] = after[place].sub(before[place]);
  return moved;
}

function creditColumns(entry: BookEntry, from: Bucket, to: Bucket, credits: Amount): Partial<Columns> {
  const columns: Partial<Columns> = {};
  if (from === 'issued') columns[columnOfIssue(entry)] = credits;
  else if (isPlace(from)) columns[columnOf(entry, from, from)] = credits;
  if (isPlace(to)) {
    const column = columnOf(entry, to, from);
    columns[column] = (columns[column] ?? ZERO).sub(credits);
  }
  return columns;
}

function moneyColumns(entry: BookEntry, from: Bucket, moved: LotMoney): Partial<Columns> {
  const columns: Partial<Columns> = {};
  let gone = ZERO;
  for (const place of PLACES) {
    if (moved[place].isZero()) continue;
    gone = gone.add(moved[place]);
    const column = columnOf(entry, place, from);
    columns[column] = (columns[column] ?? ZERO).sub(moved[place]);
  }
  if (from === 'issued') columns[columnOfIssue(entry)] = moved.deferred.add(gone);
  return columns;
}

function columnOfIssue({ type }: BookEntry): Column {
  if (type === 'allocation') return 'purchased';
  if (type === 'transfer-in') return 'transferred';
  return type === 'adjustment' ? 'adjusted' : 'granted';
}

/** Credits that come back from a lapse were reinstated; what an adjustment withdraws is its own. */
function columnOf({ type }: BookEntry, place: Place, from: Bucket): Column {
  if (place === 'lapsed' && from === 'lapsed') return 'reinstated';
  return place === 'withdrawn' && type === 'adjustment' ? 'adjusted' : place;
}
