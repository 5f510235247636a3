import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { publicKeysOfPem } from '../domain/signed-head.js';
import { ExportCheck, type ExportReport } from '../domain/verification/check-export.js';
import type { Difference } from '../domain/verification/difference.js';
import { differenceLine } from './difference-line.js';
import { readKeptHeads } from './kept-heads.js';

const CLEAN = 0;
const DIFFERENCES = 1;
const COULD_NOT_RUN = 2;

const HELP = `node verify.mjs EXPORT [--key PEM] [--heads FILE]

Proves an account's export with nothing but itself: the hash chain, the signatures, every posting and balance, and every
price again from the rates and lots. Needs Node 20 and nothing else: no network, no database, no other file.

  EXPORT        the export, lines of JSON; "-" reads it from standard input
  --key PEM     public keys that you got from elsewhere, e.g. when the account began; those that they vouch for are trusted
                as well. Without it the keys in the export itself are believed, which proves no more than the export does.
  --heads FILE  signed heads that you were handed earlier, one JSON object a line: that nothing before them has changed since

Exit codes: 0 no differences, 1 differences, each on a line of its own in the order of the ledger, 2 it could not run.
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: 'boolean' }, key: { type: 'string' }, heads: { type: 'string' } },
    allowPositionals: true,
  });
  const [file] = positionals;
  if (values.help === true || file === undefined) {
    process.stdout.write(HELP);
    return values.help === true ? CLEAN : COULD_NOT_RUN;
  }
  const anchors = values.key === undefined ? [] : publicKeysOfPem(readFileSync(values.key, 'utf8'));
  if (values.key !== undefined && anchors.length === 0) throw new Error(`${values.key} holds no public key.`);
  let differences = 0;
  let first: Difference | undefined;
  const check = new ExportCheck(anchors, values.heads === undefined ? [] : readKeptHeads(values.heads), (difference) => {
    differences += 1;
    first ??= difference;
    process.stdout.write(`${differenceLine(difference)}\n`);
  });
  const input = file === '-' ? process.stdin : createReadStream(file);
  // Not `for await` over the lines, which loses an error of the file.
  const failed = new Promise<never>((_resolve, reject) => input.once('error', reject));
  const lines = createInterface({ input, crlfDelay: Infinity });
  const read = (async () => {
    for await (const line of lines) check.accept(line);
  })();
  await Promise.race([read, failed]);
  process.stdout.write(summaryOf(check.finish(), differences, first, anchors.length > 0));
  return differences === 0 ? CLEAN : DIFFERENCES;
}

function summaryOf(report: ExportReport, differences: number, first: Difference | undefined, anchored: boolean): string {
  const uncovered = report.entries - report.coveredUpTo;
  const rows: [string, string][] = [
    ['account', report.accountId],
    ['entries', String(report.entries)],
    ['postings', String(report.postings)],
    ['head', report.headHash],
    ['signed heads', `${String(report.signedHeads)}, by ${anchored ? 'keys that you trust' : 'the keys in the export itself (--key to bring your own)'}`],
    ['not signed yet', uncovered > 0 ? `the last ${String(uncovered)} entries` : 'nothing'],
    ...(first === undefined ? [] : [['first difference', first.at] as [string, string]]),
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(18)}${value}\n`).join('');
  return `${table}verified: ${String(report.entries)} entries of account ${report.accountId}, ${String(differences)} differences\n`;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`The verification could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = COULD_NOT_RUN;
}
