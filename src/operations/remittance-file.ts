import { parse } from 'csv-parse/sync';
import { refuse } from '../domain/errors.js';
import { isCurrency, isMoney } from '../domain/money.js';
import type { PaymentReport } from './record-payment.js';

/** One line of a remittance file, read or with what is wrong with it. */
export interface RemittanceLine {
  /** As an editor counts them: the header is line 1. */
  readonly line: number;
  readonly report: PaymentReport | null;
  readonly problem: string | null;
}

const REQUIRED = ['provider', 'providerPaymentId', 'amount', 'currency', 'receivedAt'] as const;
const OPTIONAL = ['accountId', 'purchaseId'] as const;
const COLUMNS: ReadonlySet<string> = new Set([...REQUIRED, ...OPTIONAL]);
const REMITTANCE_LINES = 2_000;

const ID = /^[A-Za-z0-9][\w.-]{0,63}$/;
const NAME = /^[A-Za-z][\w.-]{0,63}$/;
const TRANSACTION = /^[^\p{Cc}\p{Surrogate}]{1,200}$/u;
const DATE_OR_INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2}))?$/;

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads a file of payments: comma or semicolon, quoted as RFC 4180 has it, with a header. A line that cannot be read fails
 * alone; a file whose header is wrong fails whole. `receivedAt` is an instant, or a day, which begins in UTC.
 */
export function readRemittanceFile(text: string): RemittanceLine[] {
  const rows = parseRows(text);
  const [header, ...lines] = rows;
  if (header === undefined) return refuse('invalid-request', 'The file is empty.');
  const columns = header.record;
  const unknown = columns.filter((column) => !COLUMNS.has(column));
  const missing = REQUIRED.filter((column) => !columns.includes(column));
  if (unknown.length + missing.length > 0 || new Set(columns).size !== columns.length) {
    refuse('invalid-request', `The first line names the columns ${REQUIRED.join(', ')}, and may name ${OPTIONAL.join(' and ')}.`, {
      data: { missing, unknown: unknown.slice(0, 10).map((column) => column.slice(0, 64)) },
    });
  }
  if (lines.length > REMITTANCE_LINES) refuse('invalid-request', `A file has at most ${REMITTANCE_LINES} payments.`);
  return lines.map(({ record, info }) => readLine(info.lines, columns, record));
}

function parseRows(text: string): readonly Parsed[] {
  const firstLine = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const delimiter = firstLine.includes(';') && !firstLine.includes(',') ? ';' : ',';
  try {
    const options = { bom: true, delimiter, info: true, relax_column_count: true, skip_empty_lines: true, trim: true } as const;
    return parse(text, options) as unknown as readonly Parsed[];
  } catch (error) {
    const lines = (error as { lines?: unknown }).lines;
    const where = typeof lines === 'number' ? ` (line ${lines})` : '';
    return refuse('invalid-request', `The file cannot be read as CSV${where}.`);
  }
}

function readLine(line: number, columns: readonly string[], record: readonly string[]): RemittanceLine {
  if (record.length !== columns.length) return { line, report: null, problem: `The line has ${record.length} fields instead of ${columns.length}.` };
  const fields = new Map(columns.map((column, i) => [column, record[i] ?? '']));
  const field = (column: string): string => fields.get(column) ?? '';
  const problem = problemOf(field);
  if (problem !== null) return { line, report: null, problem };
  const report: PaymentReport = {
    accountId: field('accountId') || null,
    purchaseId: field('purchaseId') || null,
    provider: field('provider'),
    providerPaymentId: field('providerPaymentId'),
    amount: field('amount'),
    currency: field('currency'),
    receivedAt: Date.parse(field('receivedAt')),
  };
  return { line, report, problem: null };
}

function problemOf(field: (column: string) => string): string | null {
  const amount = field('amount');
  const currency = field('currency');
  const receivedAt = field('receivedAt');
  if (!NAME.test(field('provider'))) return 'provider is not a name.';
  if (!TRANSACTION.test(field('providerPaymentId'))) return 'providerPaymentId is missing or too long.';
  for (const column of OPTIONAL) if (field(column) !== '' && !ID.test(field(column))) return `${column} is not an id.`;
  if (!isCurrency(currency)) return 'currency is not a code of ISO 4217.';
  if (!isMoney(amount, currency) || !/[1-9]/.test(amount)) return `amount is not a plain decimal above zero, as ${currency} has it.`;
  if (!DATE_OR_INSTANT.test(receivedAt) || !isRealInstant(receivedAt)) return 'receivedAt is neither an instant nor a calendar day.';
  return null;
}

/** The runtime takes 30 February for 2 March. */
function isRealInstant(text: string): boolean {
  const day = text.slice(0, 10);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return Date.parse(text) >= 0 && Number.isFinite(midnight) && new Date(midnight).toISOString().slice(0, 10) === day;
}
