import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { csvOf } from '../operations/exports/csv.js';
import { DeferredRevenue } from '../operations/deferred-revenue.js';
import { focusTable } from '../operations/exports/focus.js';
import { journalOf } from '../operations/exports/journal.js';
import { movementsTable } from '../operations/exports/movements.js';
import { rollForwardTable } from '../operations/exports/roll-forward-table.js';
import { xlsxOf } from '../operations/exports/xlsx.js';
import type { Table } from '../operations/exports/table.js';
import { serviceDataSource } from '../postgres/data-source.js';
import { reachDatabase } from '../postgres/reach-database.js';
import { readBookAccount } from '../postgres/reads/books.js';

const HELP = `npm run -s books -- journal [--account ID] > ledger.journal
npm run -s books -- deferred-revenue [--account ID] [--format csv|xlsx] > deferred-revenue.csv
npm run -s books -- movements --account ID [--format csv|xlsx] > movements.csv
npm run -s books -- focus --account ID [--format csv|xlsx] > focus.csv

Exports of the books, to the standard output; memory does not grow with the ledger. It reads the database of DATABASE_READER_URL,
else that of DATABASE_URL, else the embedded one in DATA_DIR (default .data). Exit codes: 0 written, 2 it could not be.
`;

type Pieces = AsyncIterable<string | Uint8Array>;
type FileFormat = 'csv' | 'xlsx';

const EXPORTS = ['journal', 'deferred-revenue', 'movements', 'focus'] as const;

interface Wanted {
  readonly what: (typeof EXPORTS)[number];
  readonly accountId: string | null;
  readonly format: FileFormat;
}

async function main(): Promise<void> {
  const wanted = readArguments();
  if (wanted === null) {
    process.stdout.write(HELP);
    return;
  }
  const given = process.env['DATABASE_READER_URL'];
  const reached = given ? { urls: { reader: given }, close: () => Promise.resolve() } : await reachDatabase(process.env);
  const database = serviceDataSource({ url: reached.urls.reader, poolSize: 2, applicationName: 'credits-books', onPoolError: () => undefined });
  try {
    await database.initialize();
    await write(await exportOf(database, wanted));
  } finally {
    if (database.isInitialized) await database.destroy();
    await reached.close();
  }
}

/** Null: help is wanted. Throws on whatever is not understood: a file that was not asked for is worse than none. */
function readArguments(): Wanted | null {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' }, account: text, format: text } });
  if (values.help === true) return null;
  const what = EXPORTS.find((name) => name === positionals[0]);
  if (what === undefined || positionals.length !== 1) throw new Error(`name one of the exports ${EXPORTS.join(', ')}; --help says more`);
  const { account: accountId = null, format = 'csv' } = values;
  if (format !== 'csv' && format !== 'xlsx') throw new Error('--format is csv or xlsx');
  if (what === 'journal' && values.format !== undefined) throw new Error('a journal is plain text, and has no --format');
  if (accountId === null && (what === 'movements' || what === 'focus')) throw new Error(`${what} needs --account`);
  return { what, accountId, format };
}

async function exportOf(database: DataSource, { what, accountId, format }: Wanted): Promise<Pieces> {
  const account = accountId === null ? null : ((await readBookAccount(database, accountId)) ?? noSuchAccount(accountId));
  const file = (table: Table): Pieces => (format === 'csv' ? csvOf(table) : xlsxOf([table]));
  if (what === 'journal') return journalOf(database, accountId);
  if (account === null || what === 'deferred-revenue') return file(rollForwardTable(await new DeferredRevenue(database).rollForward(accountId, null, null)));
  return file((what === 'focus' ? focusTable : movementsTable)(account, (read) => read(database)));
}

function noSuchAccount(accountId: string): never {
  throw new Error(`there is no account ${accountId}`);
}

/** As fast as it is taken. */
async function write(pieces: Pieces): Promise<void> {
  for await (const piece of pieces) {
    if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

function fail(error: unknown): void {
  process.stderr.write(`The books could not be exported: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

// Whoever reads it may stop, as "head" does: then there is nobody to write the rest for.
process.stdout.once('error', (error) => {
  fail(error);
  process.exit();
});
try {
  await main();
} catch (error) {
  fail(error);
}
