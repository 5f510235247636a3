import { uuidV7 } from '../src/operations/uuid-v7.js';
import { systemWallClock } from '../src/platform/wall-clock.js';
import type { SignInLink } from './sign-in/links.js';
import type { DemoAccount } from './first-start/first-start.js';

export interface Surroundings {
  readonly url: string;
  readonly database: string;
  readonly dataDir: string;
  readonly sandbox: boolean;
  readonly demo: DemoAccount | undefined;
  /** Each signs a person in to the web account, once. */
  readonly links: readonly SignInLink[];
}

/** What a newcomer wants to know once the service is up: what runs where, and what to do next. */
export function welcome({ url, database, dataDir, sandbox, demo, links }: Surroundings): string {
  return [
    '',
    `  Service    ${url}`,
    `  API        ${url}/docs   (${url}/openapi.json)`,
    `  Health     ${url}/health/ready`,
    `  Database   ${database}`,
    ...(demo === undefined ? [] : [`  Keys       ${dataDir}/sandbox-keys.json   (of operator, finance, admin and backend)`]),
    `  Sandbox    ${sandbox ? 'yes: business time can be advanced (POST /v1/clock/advance)' : 'no: business time is real time'}`,
    '',
    ...webAccount(links),
    ...(demo === undefined ? [] : tryOut(url, demo)),
    sandbox
      ? '  Then   npm run demo           replays a real hour of AI usage'
      : '  Then   npm run operator-key   makes the first API key',
    '         npm run verify         proves every balance from the entries alone',
    '         README.md              a tour of five minutes',
    '',
    '  Stop it with Ctrl-C; the data stays.',
    '',
  ].join('\n');
}

/** Links without anything behind them, so that a terminal opens them as they stand. */
function webAccount(links: readonly SignInLink[]): string[] {
  if (links.length === 0) return [];
  return [
    '  The web account. Each link signs in once, within an hour; npm run sign-in makes new ones:',
    '  studio is an admin of an account with two months of use, admin of the account "demo" below.',
    '',
    ...links.map(({ role, url }) => `  ${role.padEnd(10)} ${url}`),
    '',
  ];
}

/** Commands without indentation, so that they can be pasted as they stand. */
function tryOut(url: string, { accountId, feature, backendKey }: DemoAccount): string[] {
  const account = `${url}/v1/accounts/${accountId}`;
  const usage = JSON.stringify({ feature, usage: { inputTokens: '1200', outputTokens: '350' } });
  return [
    `  The account "${accountId}" has two lots of credits, bought at different rates. Book a debit (and paste it twice:`,
    '  the same Idempotency-Key books it once), then look at the balance:',
    '',
    `curl -sS ${account}/debits \\`,
    `  -H 'Authorization: Bearer ${backendKey}' \\`,
    `  -H 'Idempotency-Key: ${uuidV7(systemWallClock.now())}' \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${usage}'`,
    '',
    `curl -sS ${account}/balance -H 'Authorization: Bearer ${backendKey}'`,
    '',
  ];
}
