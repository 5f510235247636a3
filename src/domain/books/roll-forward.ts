import { ZERO, formatCredits, type Amount } from '../credits.js';
import { formatMoney } from '../money.js';
import type { BookEntry, BookLot } from './book-entry.js';
import { COLUMNS, LotBooks, noColumns, type Column, type Columns } from './lot-books.js';

/** What is still to be served: at the beginning of a month, what changed it, one column each, and at its end. */
export type RollForwardFigures = Readonly<Record<Column | 'opening' | 'closing', string>>;

export interface RollForwardRow {
  /** Calendar month of the accounting dates, `YYYY-MM`. */
  readonly month: string;
  /** Null: credits that nobody paid for, which carry no revenue. */
  readonly currency: string | null;
  readonly credits: RollForwardFigures;
  /** Deferred revenue, exclusive of tax; `consumed` and `lapsed` (breakage) were recognised. Null where there is no currency. */
  readonly money: RollForwardFigures | null;
}

export interface RollForward {
  readonly rows: readonly RollForwardRow[];
  /** What the closing figures differ from the sum over all lots by: nothing, or the books are wrong. */
  readonly differences: readonly { readonly currency: string | null; readonly credits: string; readonly money: string }[];
}

interface Sums {
  readonly credits: Columns;
  readonly money: Columns;
}

const UNPRICED = '';

/** Deferred revenue and the credits behind it over all accounts (SPEC 13). It grows with months and currencies only. */
export class RollForwardMaker {
  private readonly sums = new Map<string, Map<string, Sums>>();
  private readonly standing = new Map<string, { credits: Amount; money: Amount }>();

  /** The entries of one account, in order from its first one on. */
  async addAccount(lots: Iterable<BookLot>, entries: AsyncIterable<BookEntry> | Iterable<BookEntry>): Promise<void> {
    const books = new LotBooks(lots);
    for await (const entry of entries) this.add(books, entry);
    for (const { lot, buckets, money } of books.books.values()) {
      const currency = lot.price?.currency ?? UNPRICED;
      const sum = this.standing.get(currency) ?? { credits: ZERO, money: ZERO };
      this.standing.set(currency, { credits: sum.credits.add(buckets.available).add(buckets.held), money: sum.money.add(money.deferred) });
    }
  }

  /** Months from `from` to `through`, both included; null: all there are. */
  rollForward(from: string | null = null, through: string | null = null): RollForward {
    const rows: RollForwardRow[] = [];
    const differences: RollForward['differences'][number][] = [];
    for (const [currency, months] of sorted(this.sums)) {
      let credits = ZERO;
      let money = ZERO;
      for (const [month, sums] of sorted(months)) {
        const opening = { credits, money };
        for (const column of COLUMNS) {
          credits = credits.add(sums.credits[column]);
          money = money.add(sums.money[column]);
        }
        if ((from !== null && month < from) || (through !== null && month > through)) continue;
        rows.push({
          month,
          currency: currency === UNPRICED ? null : currency,
          credits: figures(opening.credits, sums.credits, credits, formatCredits),
          money: currency === UNPRICED ? null : figures(opening.money, sums.money, money, (value) => formatMoney(value, currency)),
        });
      }
      const standing = this.standing.get(currency) ?? { credits: ZERO, money: ZERO };
      differences.push({
        currency: currency === UNPRICED ? null : currency,
        credits: formatCredits(credits.sub(standing.credits)),
        money: currency === UNPRICED ? '0' : formatMoney(money.sub(standing.money), currency),
      });
    }
    return { rows, differences };
  }

  private add(books: LotBooks, entry: BookEntry): void {
    const month = entry.accountingDate.slice(0, 'YYYY-MM'.length);
    for (const { book, credits, money } of books.apply(entry)) {
      const sums = this.sumsOf(book.lot.price?.currency ?? UNPRICED, month);
      for (const column of Object.keys(credits) as Column[]) sums.credits[column] = sums.credits[column].add(credits[column] ?? ZERO);
      if (money === null) continue;
      for (const column of Object.keys(money) as Column[]) sums.money[column] = sums.money[column].add(money[column] ?? ZERO);
    }
  }

  private sumsOf(currency: string, month: string): Sums {
    const months = this.sums.get(currency) ?? new Map<string, Sums>();
    this.sums.set(currency, months);
    const sums = months.get(month) ?? { credits: noColumns(), money: noColumns() };
    months.set(month, sums);
    return sums;
  }
}

function figures(opening: Amount, columns: Columns, closing: Amount, format: (value: Amount) => string): RollForwardFigures {
  const texts = Object.fromEntries(COLUMNS.map((column) => [column, format(columns[column])])) as Record<Column, string>;
  return { opening: format(opening), ...texts, closing: format(closing) };
}

function sorted<Value>(map: ReadonlyMap<string, Value>): (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
