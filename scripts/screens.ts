import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findOperatorKey } from './demo/operator-key.js';
import { readSandboxKeys } from './first-start/sandbox-keys.js';
import { STUDIO } from './first-start/studio.js';
import { startService } from './demo/service.js';
import { takeScreens } from './screens/take-screens.js';
import { ApiClient } from './story/api-client.js';
import { projectRoot } from './web-build/project-root.js';

/** Makes the screens in docs/screens anew: every page of the web account, of the account with two months of life that a first start makes. */
const dataDir = mkdtempSync(path.join(tmpdir(), 'credits-screens-'));
const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: process.env['HOME'], CHROMIUM: process.env['CHROMIUM'], DATA_DIR: dataDir };
try {
  const service = await startService(env);
  const client = new ApiClient(service.url);
  try {
    const operator = await findOperatorKey(env);
    const { studio: admin } = readSandboxKeys(dataDir) ?? {};
    if (admin === undefined) throw new Error('The first start made no account to show.');
    const folder = path.join(projectRoot(), 'docs/screens');
    mkdirSync(folder, { recursive: true });
    for (const file of await takeScreens(client, { accountId: STUDIO, admin, operator }, folder)) process.stdout.write(`${path.relative(projectRoot(), file)}\n`);
  } finally {
    await client.close();
    await service.stop();
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
