import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { storm } from './storm/run.js';

interface Mutation {
  readonly name: string;
  /** In the build. */
  readonly file: string;
  readonly from: RegExp;
  readonly to: string;
}

/** Faults that somebody could make, each of which the short storm has to find. */
const MUTATIONS: readonly Mutation[] = [
  { name: 'the lock of the account is dropped', file: 'src/ledger/sql/lock-accounts.js', from: /FOR NO KEY UPDATE( OF \w+)? SKIP LOCKED/, to: '' },
  {
    name: 'keys are looked up before the lock',
    file: 'src/ledger/settle.js',
    from: /(const \[, heads, now, usedKeys[^\]]*\] = await flight\([\s\S]*?)findKeys\(connection, commands\),/,
    to: 'const early = await findKeys(connection, commands); $1Promise.resolve(early),',
  },
  { name: 'the answer is given before COMMIT', file: 'src/ledger/batch.js', from: /await flight\(\[\s*\.\.\.this\.writes,\s*commit\s*\]\);[\s\S]*?if \(await commit !== 'COMMIT'\)[^;]*;/, to: 'commit.catch(() => undefined);' },
  { name: 'a hold is released twice', file: 'src/domain/holding.js', from: /if \(hold\.state === 'open'\) return hold;/, to: "if (hold.state !== 'expired') return hold;" },
  {
    name: 'what a debit leads to is written outside of its transaction',
    file: 'src/ledger/batch.js',
    from: /if \(this\.changed\.size > 0\) this\.sendStanding\(\);\s*return this\.connection\.command\('COMMIT'\);/,
    to: "const done = this.connection.command('COMMIT'); if (this.changed.size > 0) this.sendStanding(); return done;",
  },
];

const SHORT = { instances: 2, clients: 24, accounts: 4, commands: 2_500, faults: 6, bulk: 60 } as const;
const BUILD = path.resolve(import.meta.dirname, '..');

/** A copy of the build with one fault in it, beside the build, so that it finds the same packages. */
function mutated({ file, from, to }: Mutation): string {
  const copy = path.join(path.dirname(BUILD), '.data', 'mutant');
  rmSync(copy, { recursive: true, force: true });
  for (const part of ['src', 'migrations']) cpSync(path.join(BUILD, part), path.join(copy, part), { recursive: true });
  const target = path.join(copy, file);
  const text = readFileSync(target, 'utf8');
  const broken = text.replace(from, to);
  if (broken === text) throw new Error(`${file} has nothing like ${String(from)} any more`);
  writeFileSync(target, broken);
  return path.join(copy, 'src/main.js');
}

const ONLY = process.argv[2] ?? '';
const rows: string[][] = [];
let missed = 0;
for (const mutation of MUTATIONS.filter(({ name }) => name.includes(ONLY))) {
  const { findings, seconds, commands } = await storm({ ...SHORT, seed: 5, main: mutated(mutation), tell: () => undefined, stopAtFirst: true });
  const [first] = findings;
  if (first === undefined) missed += 1;
  rows.push([mutation.name, first === undefined ? 'MISSED' : 'caught', `${String(commands)} commands`, `${String(seconds)} s`]);
  process.stdout.write(`${first === undefined ? 'MISSED' : 'caught'}  ${mutation.name}${first === undefined ? '' : `: ${first.slice(0, 200)}`}\n`);
}
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
process.stdout.write(`\n${rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')).join('\n')}\n\n${String(rows.length - missed)} of ${String(rows.length)} planted faults were caught\n`);
process.exitCode = missed === 0 ? 0 : 1;
