import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { publicKeysOfPem } from '../domain/signed-head.js';
import { readKeptHeads } from './kept-heads.js';
import { verifyLedger, type VerifyProgress, type VerifyReport } from '../operations/verify-ledger.js';
import { differenceLine } from './difference-line.js';
import { reachDatabase } from '../postgres/reach-database.js';

const CLEAN = 0;
const DIFFERENCES = 1;
const COULD_NOT_RUN = 2;

const HELP = `npm run verify

Rebuilds every account from its entries alone, prices every debit again, proves every reference, and compares the result
with what the service keeps. Changes nothing; may run while the service does.

It reads the database of DATABASE_READER_URL, else that of DATABASE_URL, else the embedded one in DATA_DIR (default .data).

Options, after "--":
  --key FILE    public keys of the signed heads (PEM) that you got from elsewhere than this database; those that they vouch
                for are trusted as well. Without it, the keys that the database itself publishes are believed.
  --heads FILE  signed heads that you kept outside the database, one JSON object a line, or answers of /v1/signed-heads

Exit codes: 0 no differences, 1 differences, each on a line of its own, 2 the verification could not run.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, key: { type: 'string' }, heads: { type: 'string' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return CLEAN;
  }
  const given = process.env['DATABASE_READER_URL'];
  const reached = given ? { urls: { reader: given }, close: () => Promise.resolve() } : await reachDatabase(process.env);
  const bar = new ProgressOnTerminal();
  try {
    const report = await verifyLedger({
      readerUrl: reached.urls.reader,
      anchors: values.key === undefined ? [] : keysIn(values.key),
      keptHeads: values.heads === undefined ? [] : readKeptHeads(values.heads),
      onDifference: (difference) => {
        bar.clear();
        process.stdout.write(`${differenceLine(difference)}\n`);
      },
      onProgress: (progress) => {
        bar.show(progress);
      },
    });
    bar.clear();
    process.stdout.write(summaryOf(report));
    return report.differenceCount === 0 ? CLEAN : DIFFERENCES;
  } finally {
    bar.clear();
    await reached.close();
  }
}

function summaryOf(report: VerifyReport): string {
  const buckets = Object.entries(report.credits).filter(([bucket, credits]) => bucket === 'issued' || !/^0\.0+$/.test(credits));
  const rows: [string, string][] = [
    ['accounts', count(report.accounts)],
    ['entries', count(report.entries)],
    ['postings', count(report.postings)],
    ...buckets.map(([bucket, credits]): [string, string] => [`credits ${bucket}`, credits]),
    ['chain heads', `${count(report.accounts)}, digest ${report.headsDigest}`],
    ['acts on record', count(report.administrativeActs)],
    ['signed heads', count(report.signedHeads)],
    ['not signed yet', unsignedText(report.unsigned)],
    ['duration', `${(report.durationMs / 1_000).toFixed(1)} s, ${count(report.rowsPerSecond)} rows/s`],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(18)}${value}\n`).join('');
  const last = `verified: ${String(report.entries)} entries in ${String(report.accounts)} accounts, ${String(report.differenceCount)} differences\n`;
  return table + last;
}

const LONGEST_UNSIGNED_MS = 60_000;

function unsignedText({ accounts, entries, oldestMs }: VerifyReport['unsigned']): string {
  if (oldestMs === null) return 'nothing';
  const age = `the oldest recorded ${(oldestMs / 1_000).toFixed(1)} s ago`;
  return `${count(entries)} entries in ${count(accounts)} accounts, ${age}${oldestMs > LONGEST_UNSIGNED_MS ? ': more than 60 s, does a worker run?' : ''}`;
}

function keysIn(file: string): KeyObject[] {
  const keys = publicKeysOfPem(readFileSync(file, 'utf8'));
  if (keys.length === 0) throw new Error(`${file} holds no public key.`);
  return keys;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

/** A bar where somebody watches, nothing where the output goes to a file. */
class ProgressOnTerminal {
  private bar: SingleBar | undefined;

  show({ entries, ofEntries, accounts, ofAccounts }: VerifyProgress): void {
    if (!process.stderr.isTTY || ofEntries === 0) return;
    if (this.bar === undefined) {
      this.bar = new SingleBar({ format: 'verifying [{bar}] {percentage}% | {value}/{total} entries | {accounts}', stream: process.stderr, clearOnComplete: true });
      this.bar.start(ofEntries, 0, { accounts: '' });
    }
    this.bar.setTotal(Math.max(ofEntries, entries));
    this.bar.update(entries, { accounts: `${count(accounts)}/${count(ofAccounts)} accounts` });
  }

  clear(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`The verification could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = COULD_NOT_RUN;
}
