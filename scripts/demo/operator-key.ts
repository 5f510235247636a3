import { setTimeout as sleep } from 'node:timers/promises';
import { dataDirectory } from '../../src/postgres/reach-database.js';
import { readSandboxKeys, SANDBOX_KEYS_FILE } from '../first-start/sandbox-keys.js';

const PATIENCE_MS = 60_000;

/** The key that was given, else the one of the sandbox in the data directory, once its first start is over. */
export async function findOperatorKey(env: NodeJS.ProcessEnv): Promise<string> {
  const given = env['CREDITS_OPERATOR_KEY'];
  if (given) return given;
  const dataDir = dataDirectory(env);
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const keys = readSandboxKeys(dataDir);
    if (keys === undefined) {
      throw new Error(
        `There is no ${SANDBOX_KEYS_FILE} in ${dataDir}. Set DATA_DIR to the one of the service, or CREDITS_OPERATOR_KEY to a key with the scope operator.`,
      );
    }
    // The first start plays with the clock, and two stories at once would get into each other's way.
    if (keys.told) return keys.operator;
    if (performance.now() > deadline) throw new Error('The first start of the sandbox did not come to its end.');
    await sleep(200);
  }
}
