import type { Entry } from '../../api/types';
import { saveCsv } from '../../ui/csv';

const COLUMNS = ['seq', 'type', 'recordedAt', 'occurredAt', 'accountingDate', 'feature', 'subject', 'credits', 'unfunded', 'actor'] as const;

export function downloadCsv(name: string, entries: readonly Entry[]): void {
  const rows = entries.map((entry) => [...COLUMNS.map((column) => entry[column]), entry.balance.available, entry.balance.held]);
  saveCsv(name, [...COLUMNS, 'availableAfter', 'heldAfter'], rows);
}
