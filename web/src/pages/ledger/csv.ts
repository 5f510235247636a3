import type { Entry } from '../../api/types';

const COLUMNS = ['seq', 'type', 'recordedAt', 'occurredAt', 'accountingDate', 'feature', 'subject', 'credits', 'unfunded', 'actor'] as const;

/** What a spreadsheet would take for a formula is kept a text. */
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const harmless = /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function csvOf(entries: readonly Entry[]): string {
  const lines = entries.map((entry) => [...COLUMNS.map((column) => entry[column]), entry.balance.available, entry.balance.held].map(cell).join(','));
  return `${[...COLUMNS, 'availableAfter', 'heldAfter'].join(',')}\r\n${lines.map((line) => `${line}\r\n`).join('')}`;
}

export function downloadCsv(name: string, entries: readonly Entry[]): void {
  const url = URL.createObjectURL(new Blob(['\ufeff', csvOf(entries)], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
