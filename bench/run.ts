import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { verifyLedger } from '../src/operations/verify-ledger.js';
import { copyTablesForOneByOne } from './baselines/one-by-one.js';
import { createTablesForRawInsert } from './baselines/raw-insert.js';
import { openBenchDatabase, type BenchDatabase } from './harness/database.js';
import type { Bench, Measure } from './harness/measure.js';
import { parseOptions } from './harness/options.js';
import type { ResultRow } from './harness/row.js';
import { renderTable } from './harness/table.js';
import { alerts } from './measures/alerts.js';
import { hotAccount } from './measures/hot-account.js';
import { holdsAndLots } from './measures/holds-and-lots.js';
import { http } from './measures/http.js';
import { longHistory } from './measures/long-history.js';
import { manyAccounts } from './measures/many-accounts.js';
import { manyLots } from './measures/many-lots.js';
import { overload } from './measures/overload.js';
import { proof } from './measures/proof.js';
import { scaleOut } from './measures/scale-out.js';
import { singleCaller } from './measures/single-caller.js';
import { web } from './measures/web.js';
import { createCatalogue } from './workload/catalogue.js';

const MEASURES: readonly Measure[] = [hotAccount, manyAccounts, singleCaller, longHistory, manyLots, holdsAndLots, alerts, proof, http, overload, scaleOut, web];

/**
 * Measures and reports. A goal that is missed is a result and no failure: the exit code says only whether everything could
 * be measured, and whether the verifier agrees with what was booked meanwhile.
 */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const progress = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const database = await openBenchDatabase(process.env.DATABASE_URL);
  const end = (): void => {
    // The server was started detached and would stay. What runs on meanwhile fails, and that is no news.
    process.exitCode = 130;
    void database.close().finally(() => process.exit(130));
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  try {
    await createCatalogue(database.admin);
    await createTablesForRawInsert(database);
    await copyTablesForOneByOne(database);
    const rows: ResultRow[] = [];
    const print = (): void => {
      const machine = `${String(cpus().length)} CPUs, Node ${process.versions.node}, ${database.description}`;
      process.stdout.write(`\n${machine}; medians of ${String(options.scale.rounds)} alternating rounds\n\n${renderTable(rows)}\n`);
      if (options.json !== null) writeFileSync(options.json, `${JSON.stringify({ machine, scale: options.scale, rows }, null, 2)}\n`);
    };
    for (const measure of MEASURES) {
      if (options.only !== null && !measure.id.includes(options.only)) continue;
      progress(`${measure.id} ...`);
      const bench: Bench = {
        database,
        scale: options.scale,
        progress: (text) => {
          progress(`${measure.id}: ${text}`);
        },
      };
      try {
        rows.push(...(await measure.run(bench)));
      } catch (error) {
        // A long run is not lost by what fails at its end.
        print();
        throw error;
      }
    }
    await verify(database, progress);
    print();
  } finally {
    await database.close();
  }
}

/** What was measured has to be right as well: throws where the entries and what is kept of them disagree. */
async function verify(database: BenchDatabase, progress: (text: string) => void): Promise<void> {
  progress('verifying every entry');
  const report = await verifyLedger({ readerUrl: database.urls.reader });
  progress(`verified ${report.entries.toLocaleString('en-US')} entries, ${String(report.differenceCount)} differences`);
  if (report.differenceCount > 0) throw new Error(`the verifier found differences: ${JSON.stringify(report.differences.slice(0, 10))}`);
}

try {
  await main();
} catch (error) {
  if (process.exitCode === 130) process.exit();
  process.stderr.write(`The benchmark could not be carried out: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
