import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findOperatorKey } from './demo/operator-key.js';
import { startService } from './demo/service.js';
import { playStudio } from './screens/studio.js';
import { takeScreens } from './screens/take-screens.js';
import { ApiClient } from './story/api-client.js';
import { projectRoot } from './web-build/project-root.js';

/** Makes the screens in docs/screens anew: every page of the web account, of an account with a month and more of life. */
const dataDir = mkdtempSync(path.join(tmpdir(), 'credits-screens-'));
const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: process.env['HOME'], CHROMIUM: process.env['CHROMIUM'], DATA_DIR: dataDir };
try {
  const service = await startService(env);
  const client = new ApiClient(service.url);
  try {
    const operator = await findOperatorKey(env);
    const studio = await playStudio(client, operator);
    const folder = path.join(projectRoot(), 'docs/screens');
    mkdirSync(folder, { recursive: true });
    for (const file of await takeScreens(client, { ...studio, operator }, folder)) process.stdout.write(`${path.relative(projectRoot(), file)}\n`);
  } finally {
    await client.close();
    await service.stop();
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
