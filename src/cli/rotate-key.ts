import { parseArgs } from 'node:util';
import { loadOrCreateSecrets } from '../platform/data-dir-secrets.js';
import { ROTATING_KEYS, loadOrCreateRotatingKeys, rotateKey, type RotatingKey } from '../platform/rotating-keys.js';
import { dataDirectory } from '../postgres/reach-database.js';

const HELP = `npm run rotate-key -- signing | evidence | pseudonym | sealing [--forget]

Puts a new key in front of those that a deployment keeps in DATA_DIR (default .data). The service takes it up when it is
started again. Where the keys come from the environment, put a new one in front yourself: SIGNING_KEY=<new>,<before>.

  signing    heads are signed with it from then on; the key before vouches for it
  evidence   new evidence is sealed with it; what was sealed before still opens with the keys before it
  sealing    webhooks' secrets are sealed, and links in mails signed, with it; what was sealed before still opens. Then, once
             the service has been started again, "npm run reseal" seals everything with it
  pseudonym  end users get other pseudonyms from then on
  --forget   drops the keys before it. Of pseudonyms that makes those before it anonymous. Of evidence it makes what was
             sealed unreadable for ever: "npm run reseal -- --forget" drops them without that. Of signing keys, do it once the service has been started with the new one.
`;

function main(): void {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean' }, forget: { type: 'boolean' } }, allowPositionals: true });
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const which = ROTATING_KEYS.find((key) => key === positionals[0]);
  if (which === undefined || positionals.length !== 1) throw new Error(`Name one of ${ROTATING_KEYS.join(', ')}.`);
  const dataDir = dataDirectory(process.env);
  const before = loadOrCreateRotatingKeys(dataDir)[which];
  if (which === 'sealing' && values.forget === true) throw new Error('Every webhook would lose its secret: "npm run reseal -- --forget" drops the keys before.');
  const known = before.length > 0 ? before : firstKeys(which, dataDir);
  rotateKey(dataDir, which, known, values.forget === true);
  process.stdout.write(`There is a new ${which} key. Start the service again to use it.\n`);
}

/** Those that a deployment begins with lie among its secrets. */
function firstKeys(which: RotatingKey, dataDir: string): readonly string[] {
  const { pseudonymKey, sealingKey } = loadOrCreateSecrets(dataDir);
  return which === 'pseudonym' ? [pseudonymKey] : which === 'sealing' ? [sealingKey] : [];
}

try {
  main();
} catch (error) {
  process.stderr.write(`Nothing was rotated: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
