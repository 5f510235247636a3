import type { Figures } from './tally.js';

export interface LotLabel {
  readonly lotId: number;
  /** How it was bought. */
  readonly label: string;
}

export interface Run {
  readonly figures: Figures;
  readonly lots: readonly LotLabel[];
  readonly seconds: number;
  readonly senders: number;
  readonly bulk: number;
  /** Requests that were sent once more, on purpose or not. */
  readonly resends: number;
}

const MOST_ROWS_SHOWN = 10;

/** The table at the end of the demo. Credits have nine fractional digits, as the service gives them. */
export function reportOf({ figures, lots, seconds, senders, bulk, resends }: Run): string {
  const { debits, replayed, creditsOfLot, total, spanning } = figures;
  const rows: [string, string, string][] = [
    ['Debits', count(debits), replayed === 0 ? 'all booked now' : `${count(replayed)} of them had been booked before: answered again, not booked again`],
    ...lots.map(({ lotId, label }): [string, string, string] => [`Credits of lot ${String(lotId)}`, creditsOfLot.get(lotId) ?? '0.000000000', label]),
    ['Credits in total', total, ''],
    ['Rate', `${count(Math.round(debits / seconds))} debits/s`, `${seconds.toFixed(1)} s, ${plural(senders, 'sender')}, ${bulk === 1 ? 'one debit' : `${String(bulk)} debits`} a request`],
    ['Sent again', count(resends), resends === 0 ? '' : 'under the same idempotency keys'],
  ];
  const width = Math.max(...rows.map(([, value]) => value.length));
  const table = rows.map(([name, value, remark]) => `  ${name.padEnd(20)}${value.padStart(width)}   ${remark}`.trimEnd());
  const spans = spanning.slice(0, MOST_ROWS_SHOWN).map(
    ({ row, postings }) => `  Row ${count(row)} spans lots: ${postings.map(({ lotId, credits }) => `${credits} from lot ${String(lotId)}`).join(', ')}`,
  );
  return ['', ...table, '', `  ${plural(spanning.length, 'request')} with credits of both lots (rows are counted from 0)`, ...spans, ''].join('\n');
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
