import { copyFileSync, createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { pemOf } from '../domain/signed-head.js';
import { ExportAccount } from '../operations/export-account.js';
import { SignHeads } from '../operations/sign-heads.js';
import { loadOrCreateRotatingKeys } from '../platform/rotating-keys.js';
import { systemWallClock } from '../platform/wall-clock.js';
import { serviceDataSource } from '../postgres/data-source.js';
import { dataDirectory, reachDatabase } from '../postgres/reach-database.js';
import { readSigningKeys } from '../postgres/reads/signed-heads.js';

const HELP = `npm run export -- ACCOUNT FOLDER

Writes the whole ledger of an account into a folder, with all that proves it to somebody who trusts nobody:
  ledger.ndjson   entries, rates, balances, signed heads: lines of JSON
  verify.mjs      the verifier, one file: node verify.mjs ledger.ndjson --key signing-keys.pem
  signing-keys.pem, README.txt

It reads the database of DATABASE_URL, else the embedded one in DATA_DIR (default .data), and signs the head with SIGNING_KEY,
else with the key that the service keeps in DATA_DIR.
`;

const README = `The ledger of one account, and all that proves it.

    node verify.mjs ledger.ndjson --key signing-keys.pem

needs Node 20 and nothing else. It recomputes every hash, checks every signature, moves every posting again, prices every
debit again from its lot's rates, and names whatever does not agree, in the order of the ledger. Exit code 0: nothing.

signing-keys.pem came with the ledger. A key that you were given earlier, by another way, proves more: pass that one.
With --heads, signed heads that you were handed earlier are held against the ledger as well.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true });
  const [accountId, folder] = positionals;
  if (values.help === true || accountId === undefined || folder === undefined) {
    process.stdout.write(HELP);
    if (values.help !== true) process.exitCode = 1;
    return;
  }
  const seeds = (process.env['SIGNING_KEY'] || loadOrCreateRotatingKeys(dataDirectory(process.env)).signing.join(',')).split(',');
  const reached = await reachDatabase(process.env);
  const database = serviceDataSource({ url: reached.urls.writer, poolSize: 2, applicationName: 'credits-export', onPoolError: () => undefined });
  try {
    await database.initialize();
    const wallNow = (): number => systemWallClock.now();
    const signHeads = new SignHeads(database, seeds.map((seed) => Buffer.from(seed, 'hex')), wallNow);
    const lines = await new ExportAccount(database, signHeads, wallNow).run(accountId);
    mkdirSync(folder, { recursive: true });
    await pipeline(Readable.from(lines), createWriteStream(path.join(folder, 'ledger.ndjson')));
    writeFileSync(path.join(folder, 'signing-keys.pem'), (await readSigningKeys(database)).map(({ publicKey }) => pemOf(publicKey)).join(''));
    writeFileSync(path.join(folder, 'README.txt'), README);
    copyFileSync(path.resolve(import.meta.dirname, '../../verify.mjs'), path.join(folder, 'verify.mjs'));
    process.stdout.write(`Written to ${folder}. Now: node ${path.join(folder, 'verify.mjs')} ${path.join(folder, 'ledger.ndjson')} --key ${path.join(folder, 'signing-keys.pem')}\n`);
  } finally {
    if (database.isInitialized) await database.destroy();
    await reached.close();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`Nothing was exported: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
