import { COLUMNS } from '../../domain/books/lot-books.js';
import type { RollForward } from '../../domain/books/roll-forward.js';
import { amountCell, type Table } from './table.js';

/** Each row twice: in credits, and in money where there is any. */
export function rollForwardTable({ rows }: RollForward): Table {
  const figures = ['opening', ...COLUMNS, 'closing'] as const;
  return {
    name: 'Deferred revenue',
    columns: ['month', 'lotsIn', 'unit', ...figures],
    rows: rows.flatMap(({ month, currency, credits, money }) => [
      [month, currency, 'credits', ...figures.map((figure) => amountCell(credits[figure]))],
      ...(money === null ? [] : [[month, currency, currency, ...figures.map((figure) => amountCell(money[figure]))]]),
    ]),
  };
}
