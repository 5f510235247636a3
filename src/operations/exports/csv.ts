import type { Cell, Table } from './table.js';

/** What a spreadsheet may take for the beginning of a formula, or skips before one. */
const BEGINS_A_FORMULA = /^[=+\-@\t\r\n|%\uFF1D\uFF0B\uFF0D\uFF20]/;
const NEEDS_QUOTES = /[",\r\n]/;
/** Rows are handed on in pieces of about so many characters. */
const PIECE = 64 * 1024;

/** RFC 4180, UTF-8, with a header. A text that could start a formula gets a `'` in front of it; amounts are plain numbers. */
export async function* csvOf({ columns, rows }: Table): AsyncGenerator<string> {
  let piece = lineOf(columns);
  for await (const row of rows) {
    piece += lineOf(row);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function lineOf(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  if (typeof cell === 'object') return cell.amount;
  const harmless = BEGINS_A_FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
