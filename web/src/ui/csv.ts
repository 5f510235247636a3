import { saveFile } from './download';

type Cell = string | number | null;

/** What a spreadsheet would take for a formula is kept a text. Plain numbers below zero are none. */
function cell(value: Cell): string {
  const text = value === null ? '' : String(value);
  const harmless = /^[=+@\t\r]|^-(?!\d+(\.\d+)?$)/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** With the mark that tells a spreadsheet which encoding it is. */
export function saveCsv(name: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const lines = [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
  saveFile(name, new Blob(['\ufeff', lines], { type: 'text/csv;charset=utf-8' }));
}
