import { randomUUID } from 'node:crypto';
import { shortDigest } from '../domain/hash-chain.js';
import { IssueApiKey } from '../operations/issue-api-key.js';
import { loadOrCreateSecrets } from '../platform/data-dir-secrets.js';
import { systemWallClock } from '../platform/wall-clock.js';
import { serviceDataSource } from '../postgres/data-source.js';
import { dataDirectory, reachDatabase } from '../postgres/reach-database.js';

const HELP = `npm run operator-key [-- LABEL]

Makes an API key with the scope operator, and prints its secret, this once. For the first key of a deployment: further
ones come from POST /v1/api-keys.

It writes to the database of DATABASE_URL, else to the embedded one in DATA_DIR (default .data), and needs the KEY_PEPPER of
the service, else takes the one that the service keeps in DATA_DIR. The service has to have been started once before.
`;

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return;
  }
  const pepper = keyPepper(env);
  const reached = await reachDatabase(env);
  const database = serviceDataSource({
    url: reached.urls.writer,
    poolSize: 1,
    applicationName: 'credits-operator-key',
    onPoolError: () => undefined,
  });
  try {
    await database.initialize();
    const issue = new IssueApiKey(database, pepper, () => systemWallClock.now());
    const digest = shortDigest(randomUUID());
    const key = { label: args[0] ?? 'Operator', scopes: ['operator' as const], accountId: null, expiresAt: null, rateLimit: null };
    const { secret } = await issue.run(key, {
      caller: 'operator',
      keyDigest: digest,
      fingerprint: digest,
      act: { kind: 'issue-api-key', actor: 'sys:command-line', origin: null, request: { label: key.label, scopes: [...key.scopes] } },
    });
    process.stdout.write(`${String(secret)}\n`);
  } finally {
    if (database.isInitialized) await database.destroy();
    await reached.close();
  }
}

/** With another pepper than the service's, the key would never be known. */
function keyPepper(env: NodeJS.ProcessEnv): Buffer {
  const given = env['KEY_PEPPER'];
  if (given && !/^[0-9a-fA-F]{64}$/.test(given)) throw new Error('KEY_PEPPER must be 32 random bytes in hex, the same as the service has.');
  if (!given && env['DATABASE_URL'] && env['SANDBOX'] !== 'true') throw new Error('Set KEY_PEPPER to the one that the service has.');
  return Buffer.from(given || loadOrCreateSecrets(dataDirectory(env)).keyPepper, 'hex');
}

try {
  await main(process.argv.slice(2), process.env);
} catch (error) {
  process.stderr.write(`No key was made: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
