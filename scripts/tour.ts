import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findOperatorKey } from './demo/operator-key.js';
import { startService } from './demo/service.js';
import { verify } from './demo/verification.js';
import { ApiClient } from './story/api-client.js';
import { OneLife } from './tour/one-life.js';

/** Settings of whoever runs it are for their own service: the tour has one of its own, that nobody needs afterwards. */
const OTHERS = ['DATABASE_URL', 'DATABASE_WRITER_URL', 'DATABASE_READER_URL', 'CREDITS_OPERATOR_KEY', 'SANDBOX', 'NODE_ENV', 'HOST', 'PGPORT'];

/** Shows the life of one account, request by request, against a service on data of its own that is thrown away again. */
async function main(): Promise<number> {
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  const dataDir = mkdtempSync(path.join(tmpdir(), 'credits-tour-'));
  const kept = Object.entries(process.env).filter(([name]) => !OTHERS.includes(name));
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(kept), DATA_DIR: dataDir };
  try {
    say('Starting a service on a data directory of its own.');
    const service = await startService(env);
    const client = new ApiClient(service.url);
    try {
      await new OneLife(client, await findOperatorKey(env), say).tell();
      say('\nThe verifier, which rebuilds everything from the entries alone (with the account of the first start):\n');
      return (await verify(env)) ? 0 : 1;
    } finally {
      await client.close();
      await service.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
