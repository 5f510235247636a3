import { parseArgs } from 'node:util';
import { Reseal } from '../operations/reseal.js';
import { loadOrCreateSecrets } from '../platform/data-dir-secrets.js';
import { keepNewest, loadOrCreateRotatingKeys } from '../platform/rotating-keys.js';
import { serviceDataSource } from '../postgres/data-source.js';
import { dataDirectory, reachDatabase } from '../postgres/reach-database.js';

const DONE = 0;
const NOT_ALL = 1;
const COULD_NOT_RUN = 2;

const HELP = `npm run reseal [-- --forget]

Encrypts anew what the database keeps encrypted (webhooks' secrets under SEALING_KEY, evidence of notices under EVIDENCE_KEY), with
the keys in use. Run it after a rotation, once every instance was started with the new key in front; it may run beside them, and again.

  --forget   where the keys are kept in DATA_DIR: drops those before the ones in use, if nothing needs them any more.
             Where they come from the environment, take them out there yourself.

Keys: SEALING_KEY and EVIDENCE_KEY, else those in DATA_DIR (default .data). Database: DATABASE_URL, else the embedded one.

Exit codes: 0 everything is under the keys in use, 1 some of it opens with none of the keys, 2 it could not run.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, forget: { type: 'boolean' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return DONE;
  }
  const { SEALING_KEY: sealing, EVIDENCE_KEY: evidence } = process.env;
  if (values.forget === true && (sealing || evidence)) throw new Error('--forget is for keys in DATA_DIR: take those out of the environment yourself');
  const keys = {
    sealing: sealing ? parsed('SEALING_KEY', sealing) : ofDataDir('sealing'),
    evidence: evidence ? parsed('EVIDENCE_KEY', evidence) : ofDataDir('evidence'),
  };
  const reached = await reachDatabase(process.env);
  const database = serviceDataSource({ url: reached.urls.writer, poolSize: 1, applicationName: 'credits-reseal', onPoolError: () => undefined });
  try {
    await database.initialize();
    const done = await new Reseal(database, keys.sealing, keys.evidence).run();
    for (const [kind, { all, resealed, unreadable }] of Object.entries(done)) {
      process.stdout.write(`  ${kind.padEnd(18)}${String(all)}, of them sealed anew ${String(resealed)}, unreadable ${String(unreadable)}\n`);
    }
    const unreadable = Object.values(done).reduce((sum, one) => sum + one.unreadable, 0);
    if (unreadable > 0) {
      process.stdout.write(`${String(unreadable)} open with none of the keys, and were left as they are: no key was forgotten\n`);
      return NOT_ALL;
    }
    if (values.forget === true) keepNewest(dataDirectory(process.env), ['sealing', 'evidence']);
    process.stdout.write('everything is under the keys in use\n');
    return DONE;
  } finally {
    if (database.isInitialized) await database.destroy();
    await reached.close();
  }
}

function parsed(name: string, list: string): Buffer[] {
  if (!/^[0-9a-fA-F]{64}(,[0-9a-fA-F]{64})*$/.test(list)) throw new Error(`${name} is a list of keys of 32 bytes in hex, with commas between`);
  return list.split(',').map((hex) => Buffer.from(hex, 'hex'));
}

function ofDataDir(which: 'sealing' | 'evidence'): Buffer[] {
  const dataDir = dataDirectory(process.env);
  const kept = loadOrCreateRotatingKeys(dataDir)[which];
  return (kept.length > 0 ? kept : [loadOrCreateSecrets(dataDir).sealingKey]).map((hex) => Buffer.from(hex, 'hex'));
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`Nothing more was sealed anew: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = COULD_NOT_RUN;
}
