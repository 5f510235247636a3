import { LotBooks } from '../../domain/books/lot-books.js';
import { instantText } from '../../domain/calendar.js';
import { ZERO, formatCredits } from '../../domain/credits.js';
import { formatMoney } from '../../domain/money.js';
import type { BookAccount, Reads } from '../../postgres/reads/books.js';
import { readBookEntries } from '../../postgres/reads/books.js';
import { amountCell, type Cell, type Table } from './table.js';

const COLUMNS = [
  ...['accountId', 'seq', 'type', 'accountingDate', 'occurredAt', 'recordedAt', 'feature', 'subject', 'cites', 'line', 'lotId', 'from', 'to'],
  ...['credits', 'rateVersion', 'share', 'unfunded', 'currency', 'revenue', 'deferred'],
] as const;

/** The entries of an account, a row for each line, with what it recognised and what it changed of the deferred revenue. */
export function movementsTable(account: BookAccount, reads: Reads): Table {
  return { name: 'Movements', columns: COLUMNS, rows: rowsOf(account, reads) };
}

async function* rowsOf({ accountId, lots, seq }: BookAccount, reads: Reads): AsyncGenerator<readonly Cell[]> {
  const books = new LotBooks(lots);
  for await (const entry of readBookEntries(reads, accountId, seq)) {
    const times = [entry.accountingDate, instantText(entry.occurredAt), instantText(entry.recordedAt)];
    const head: Cell[] = [accountId, entry.seq, entry.type, ...times, entry.feature, entry.subject, entry.cites];
    const unfunded = entry.unfunded === null ? null : amountCell(formatCredits(entry.unfunded));
    const movements = books.apply(entry);
    if (movements.length === 0) yield [...head, null, null, null, null, amountCell(formatCredits(ZERO)), null, null, unfunded, null, null, null];
    for (const [i, { book, from, to, posted, moved }] of movements.entries()) {
      const { price, lotId } = book.lot;
      const money = price === null ? [null, null, null] : [price.currency, amountCell(formatMoney(moved.consumed, price.currency)), amountCell(formatMoney(moved.deferred, price.currency))];
      const posting = entry.postings[i];
      yield [...head, i + 1, lotId, from, to, amountCell(formatCredits(posted)), posting?.rateVersion ?? null, posting?.share ?? null, i === 0 ? unfunded : null, ...money];
    }
  }
}
