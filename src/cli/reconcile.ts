import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import type { BreakDraft } from '../domain/break.js';
import { isFileFormat, type FileFormat } from '../operations/file-lines.js';
import type { BreaksFound } from '../operations/found-breaks.js';
import type { FileReconciled } from '../operations/reconcile-file.js';
import { ReconcileBooks } from '../operations/reconcile-books.js';
import { ReconcileSettlement } from '../operations/reconcile-settlement.js';
import { ReconcileUsage, type CoveredTime } from '../operations/reconcile-usage.js';
import { systemWallClock } from '../platform/wall-clock.js';
import { serviceDataSource } from '../postgres/data-source.js';
import { reachDatabase } from '../postgres/reach-database.js';

const CLEAN = 0;
const BREAKS = 1;
const COULD_NOT_RUN = 2;

const HELP = `npm run reconcile
npm run reconcile -- --usage FILE [--from INSTANT --until INSTANT] [--account ID]
npm run reconcile -- --settlement FILE --provider NAME [--from INSTANT --until INSTANT]

Without options: entries against balances, lots and holds, and payments against purchases against allocations. With a file:
a backend's own usage against debits and captures, or a payment provider's settlement against payments, by --format csv
(default) or ndjson. With --from and --until also what is on record between them, and not in the file.

Differences are kept as breaks (GET /v1/breaks) and printed, one a line. Nothing is repaired. It needs the database of
DATABASE_URL, else the embedded one in DATA_DIR (default .data), and may run while the service does.

Exit codes: 0 no open break was found, 1 some were, 2 the reconciliation could not run, or
lines of the file could not be read.
`;

type Wanted =
  | { readonly what: 'books' }
  | { readonly what: 'usage'; readonly file: string; readonly format: FileFormat; readonly covered: CoveredTime | null; readonly accounts: readonly string[] }
  | { readonly what: 'settlement'; readonly file: string; readonly format: FileFormat; readonly covered: CoveredTime | null; readonly provider: string };

async function main(): Promise<number> {
  const wanted = readArguments();
  if (wanted === null) {
    process.stdout.write(HELP);
    return CLEAN;
  }
  if (wanted.what !== 'books') await access(wanted.file, constants.R_OK);
  const reached = await reachDatabase(process.env);
  const database = serviceDataSource({ url: reached.urls.writer, poolSize: 2, applicationName: 'credits-reconcile', onPoolError: () => undefined });
  try {
    await database.initialize();
    const report = await reconcile(database, reached.urls.reader, wanted);
    for (const [name, value] of Object.entries(report)) if (typeof value === 'number') process.stdout.write(`  ${name.padEnd(18)}${String(value)}\n`);
    process.stdout.write(`reconciled: ${String(report.found)} breaks, ${String(report.open)} of them open\n`);
    if ('unreadable' in report && report.unreadable > 0) {
      const more = report.unreadable > report.unreadableLines.length ? ' and further ones' : '';
      throw new Error(`not all of the file: these lines could not be read, and were compared with nothing: ${report.unreadableLines.join(', ')}${more}`);
    }
    return report.open === 0 ? CLEAN : BREAKS;
  } finally {
    if (database.isInitialized) await database.destroy();
    await reached.close();
  }
}

/** Null: help is wanted. Throws on whatever is not understood: a reconciliation of something else would pass for this one. */
function readArguments(): Wanted | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { help: { type: 'boolean' }, usage: text, settlement: text, provider: text, account: text, from: text, until: text, format: text },
  });
  if (values.help === true) return null;
  const { usage, settlement, provider, account, from, until, format = 'csv' } = values;
  if (!isFileFormat(format)) throw new Error('--format is csv or ndjson');
  if (usage !== undefined && settlement !== undefined) throw new Error('--usage and --settlement are two reconciliations: run one after the other');
  if (settlement === undefined && provider !== undefined) throw new Error('--provider goes with --settlement');
  if (usage === undefined && account !== undefined) throw new Error('--account goes with --usage');
  const covered = coveredTime(from, until);
  if (usage !== undefined) return { what: 'usage', file: usage, format, covered, accounts: account === undefined ? [] : [account] };
  if (settlement !== undefined) {
    if (provider === undefined) throw new Error('--settlement needs --provider');
    return { what: 'settlement', file: settlement, format, covered, provider };
  }
  if (covered !== null || values.format !== undefined) throw new Error('--from, --until and --format go with --usage or --settlement');
  return { what: 'books' };
}

function reconcile(database: DataSource, readerUrl: string, wanted: Wanted): Promise<BreaksFound | FileReconciled> {
  if (wanted.what === 'books') return new ReconcileBooks(database, readerUrl).run({ onBreak: print });
  const wallNow = (): number => systemWallClock.now();
  const file = { content: createReadStream(wanted.file), format: wanted.format, requestedBy: 'sys', onBreak: print };
  if (wanted.what === 'usage') return new ReconcileUsage(database, wallNow).run(file, wanted.covered, wanted.accounts);
  return new ReconcileSettlement(database, wallNow).run(file, wanted.provider, wanted.covered);
}

function print({ kind, credits, money, evidence }: BreakDraft): void {
  const about = Object.entries(evidence).flatMap(([name, value]) => (value === null ? [] : [`${name} ${oneLine(value)}`]));
  const amounts = [credits === null ? [] : [`${credits.toFixed(9)} credits`], money === null ? [] : [`${money.amount.toFixed()} ${money.currency}`]].flat();
  process.stdout.write(`break: ${kind}: ${[...amounts, ...about].join(', ')}\n`);
}

/** What stands in somebody else's file cannot begin a line of its own, nor tell a terminal what to do. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- what a terminal would act upon
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

function coveredTime(from: string | undefined, until: string | undefined): CoveredTime | null {
  if (from === undefined && until === undefined) return null;
  const covered = { from: Date.parse(from ?? ''), until: Date.parse(until ?? '') };
  if (Number.isNaN(covered.from) || Number.isNaN(covered.until)) throw new Error('--from and --until are instants, such as 2026-10-01T00:00:00Z, and come together');
  if (covered.until < covered.from) throw new Error('--until lies before --from');
  return covered;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`The reconciliation could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = COULD_NOT_RUN;
}
