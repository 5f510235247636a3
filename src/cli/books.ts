import { parseArgs } from 'node:util';
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
import { eachBookAccount, type BookAccount } from '../postgres/reads/books.js';

const HELP = `npm run -s books -- journal [--account ID] > ledger.journal
npm run -s books -- deferred-revenue [--account ID] [--format csv|xlsx] > deferred-revenue.csv
npm run -s books -- movements --account ID [--format csv|xlsx] > movements.csv
npm run -s books -- focus --account ID [--format csv|xlsx] > focus.csv

Exports of the books, to the standard output; memory does not grow with the ledger. It reads the database of DATABASE_READER_URL,
else that of DATABASE_URL, else the embedded one in DATA_DIR (default .data). Exit codes: 0 written, 2 it could not be.
`;

type Pieces = AsyncIterable<string | Uint8Array>;

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' }, account: text, format: text } });
  const [what] = positionals;
  if (values.help === true || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const given = process.env['DATABASE_READER_URL'];
  const reached = given ? { urls: { reader: given }, close: () => Promise.resolve() } : await reachDatabase(process.env);
  const database = serviceDataSource({ url: reached.urls.reader, poolSize: 2, applicationName: 'credits-books', onPoolError: () => undefined });
  try {
    await database.initialize();
    const format = values.format ?? 'csv';
    if (format !== 'csv' && format !== 'xlsx') throw new Error('--format is csv or xlsx');
    const file = (table: Table): Pieces => (format === 'csv' ? csvOf(table) : xlsxOf([table]));
    const account = async (): Promise<BookAccount> => {
      if (values.account === undefined) throw new Error(`${what} needs --account`);
      for await (const found of eachBookAccount(database, values.account)) return found;
      throw new Error('there is no such account');
    };
    if (what === 'journal') await write(journalOf(database, values.account ?? null));
    else if (what === 'deferred-revenue') await write(file(rollForwardTable(await new DeferredRevenue(database).rollForward(values.account ?? null, null, null))));
    else if (what === 'movements') await write(file(movementsTable(await account(), (read) => read(database))));
    else if (what === 'focus') await write(file(focusTable(await account(), (read) => read(database))));
    else throw new Error(`there is no export ${what}`);
  } finally {
    if (database.isInitialized) await database.destroy();
    await reached.close();
  }
}

/** As fast as it is taken. */
async function write(pieces: Pieces): Promise<void> {
  for await (const piece of pieces) {
    if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`The books could not be exported: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
