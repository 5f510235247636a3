import type { Origin } from './entry.js';

/** What every command brings: for which account, under which key, asking exactly what. */
export interface CommandBase extends Origin {
  readonly accountId: string;
  readonly keyDigest: string;
  readonly fingerprint: string;
}
