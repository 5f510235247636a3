import { randomBytes } from 'node:crypto';
import { secretHmac } from '../../src/operations/issue-api-key.js';
import { beginSandbox } from '../../src/postgres/begin-sandbox.js';
import { systemWallClock } from '../../src/platform/wall-clock.js';
import { mintKeys } from '../story/account-keys.js';
import { ApiClient } from '../story/api-client.js';
import { BuyTwice } from '../story/buy-twice.js';
import { StagedClock } from '../story/staged-clock.js';
import { DEMO_PLOT, STORY_DAYS } from './plot.js';
import { readSandboxKeys, removeSandboxKeys, writeSandboxKeys, type SandboxKeys } from './sandbox-keys.js';
import { Studio, STUDIO } from './studio.js';

/** An account to try things out on, and a key to do it with. */
export interface DemoAccount {
  readonly accountId: string;
  readonly feature: string;
  readonly backendKey: string;
}

/**
 * Before the service starts: gives an empty sandbox its operator's key. Answers the keys if this database is one that a
 * first start of this data directory has made, or undefined, and then touched nothing.
 */
export async function prepareSandbox(ownerUrl: string, dataDir: string, keyPepper: string): Promise<SandboxKeys | undefined> {
  const kept = readSandboxKeys(dataDir);
  const operator = kept?.operator ?? `kac_${randomBytes(32).toString('base64url')}`;
  // Kept before the database knows it: whatever is killed in between, the key that counts is never lost.
  if (kept === undefined) writeSandboxKeys(dataDir, { operator, told: false });
  const digest = secretHmac(operator, Buffer.from(keyPepper, 'hex'));
  const key = { keyId: 'first-operator', secretHmac: digest, label: 'Operator of the first start' };
  const beginning = await beginSandbox(ownerUrl, key, STORY_DAYS);
  if (beginning === 'known') return kept;
  if (beginning === 'foreign') {
    if (kept === undefined) removeSandboxKeys(dataDir);
    return undefined;
  }
  const keys = { operator, told: false };
  writeSandboxKeys(dataDir, keys);
  return keys;
}

/**
 * Once the service takes requests: plays the first weeks of two accounts through its API, like any client: of the demo account,
 * which has little in it to try things out on, and of the studio, which has all that pages can show. Killed in
 * between, the next start goes on where this one stopped; told to its end, it only shows what is there.
 */
export async function tellFirstStory(url: string, dataDir: string, keys: SandboxKeys): Promise<DemoAccount> {
  const { accountId, feature } = DEMO_PLOT;
  if (keys.told && keys.backend !== undefined) return { accountId, feature, backendKey: keys.backend };
  const client = new ApiClient(url);
  try {
    const studio = new Studio(client, keys.operator);
    await studio.open();
    const ofStudio = await mintKeys(client, keys.operator, STUDIO, 'studio');
    const clock = new StagedClock(client, keys.operator, studio.scenes(ofStudio));
    const story = new BuyTwice(client, keys.operator, DEMO_PLOT, clock);
    await story.openAccount();
    const minted = await mintKeys(client, keys.operator, accountId, 'demo');
    await story.tell(minted);
    await clock.advanceTo(systemWallClock.now());
    await studio.end();
    const { admin, finance, backend } = minted;
    writeSandboxKeys(dataDir, { operator: keys.operator, backend, admin, finance, studio: ofStudio.admin, told: true });
    return { accountId, feature, backendKey: backend };
  } finally {
    await client.close();
  }
}
