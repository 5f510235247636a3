import { readSandboxKeys } from '../first-start/sandbox-keys.js';
import { ApiClient } from '../story/api-client.js';

const ROLES = ['studio', 'admin', 'operator', 'finance'] as const;

export interface SignInLink {
  /** `studio`: an admin of the account that has something on every page; `admin`: of the demo account. */
  readonly role: (typeof ROLES)[number];
  readonly url: string;
}

const VALID_MINUTES = '60';

/** One link for each of a sandbox's keys that a person can use. None where the data directory has no keys. */
export async function signInLinks(url: string, dataDir: string): Promise<SignInLink[]> {
  const keys = readSandboxKeys(dataDir);
  const client = new ApiClient(url);
  const links: SignInLink[] = [];
  try {
    for (const role of ROLES) {
      const apiKey = keys?.[role];
      if (apiKey === undefined) continue;
      const { path } = await client.succeed<{ path: string }>({ method: 'POST', path: '/v1/sign-in-links', apiKey, body: { validMinutes: VALID_MINUTES } });
      links.push({ role, url: url + path });
    }
    return links;
  } finally {
    await client.close();
  }
}
