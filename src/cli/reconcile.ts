import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BreakDraft } from '../domain/break.js';
import { isFileFormat } from '../operations/file-lines.js';
import type { BreaksFound } from '../operations/found-breaks.js';
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

Exit codes: 0 no open break was found, 1 some were, 2 the reconciliation could not run.
`;

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { help: { type: 'boolean' }, usage: text, settlement: text, provider: text, account: text, from: text, until: text, format: text },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return CLEAN;
  }
  const reached = await reachDatabase(process.env);
  const database = serviceDataSource({ url: reached.urls.writer, poolSize: 2, applicationName: 'credits-reconcile', onPoolError: () => undefined });
  try {
    await database.initialize();
    const wallNow = (): number => systemWallClock.now();
    const format = values.format ?? 'csv';
    if (!isFileFormat(format)) throw new Error('--format is csv or ndjson');
    const file = (path: string) => ({ content: createReadStream(path), format, requestedBy: 'sys', onBreak: print });
    const covered = coveredTime(values.from, values.until);
    let report: BreaksFound;
    if (values.usage !== undefined) {
      report = await new ReconcileUsage(database, wallNow).run(file(values.usage), covered, values.account === undefined ? [] : [values.account]);
    } else if (values.settlement !== undefined) {
      if (values.provider === undefined) throw new Error('--settlement needs --provider');
      report = await new ReconcileSettlement(database, wallNow).run(file(values.settlement), values.provider, covered);
    } else {
      report = await new ReconcileBooks(database, reached.urls.reader).run({ onBreak: print });
    }
    for (const [name, value] of Object.entries(report)) if (typeof value === 'number') process.stdout.write(`  ${name.padEnd(18)}${String(value)}\n`);
    process.stdout.write(`reconciled: ${String(report.found)} breaks, ${String(report.open)} of them open\n`);
    return report.open === 0 ? CLEAN : BREAKS;
  } finally {
    if (database.isInitialized) await database.destroy();
    await reached.close();
  }
}

function print({ kind, credits, money, evidence }: BreakDraft): void {
  const about = Object.entries(evidence).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
  const amounts = [credits === null ? [] : [`${credits.toFixed(9)} credits`], money === null ? [] : [`${money.amount.toFixed()} ${money.currency}`]].flat();
  process.stdout.write(`break: ${kind}: ${[...amounts, ...about].join(', ')}\n`);
}

function coveredTime(from: string | undefined, until: string | undefined): CoveredTime | null {
  if (from === undefined && until === undefined) return null;
  const covered = { from: Date.parse(from ?? ''), until: Date.parse(until ?? '') };
  if (Number.isNaN(covered.from) || Number.isNaN(covered.until)) throw new Error('--from and --until are instants, such as 2026-10-01T00:00:00Z, and come together');
  return covered;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`The reconciliation could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = COULD_NOT_RUN;
}
