import { createHash, randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Scope } from '../domain/api-key.js';
import { refuse } from '../domain/errors.js';
import { newest, open, seal } from '../platform/sealing.js';
import { endPersonSession, insertPersonSession, removePersonSessionsBefore } from '../postgres/catalogue/person-sessions.js';
import { secretHmac } from './issue-api-key.js';
import { SESSION_PREFIX } from './web-sessions.js';

/** A person whom the identity provider vouched for, with the rights that its claims mean here. */
export interface VouchedPerson {
  /** `person:<pseudonym>`, as entries name it. */
  readonly person: string;
  readonly scopes: readonly Scope[];
  readonly accountId: string | null;
  /** What only this sign-in has. */
  readonly signIn: string;
  /** With which the provider is asked to end its own session too. */
  readonly idToken: string;
}

export interface PersonSessionSecrets {
  readonly pepper: Buffer;
  /** The one in use, and those before it. */
  readonly sealingKeys: readonly Buffer[];
}

const KEPT_MS = 24 * 3_600_000;

/** Sessions of people who signed in at their identity provider. They end by themselves, or by signing out. */
export class PersonSessions {
  constructor(
    private readonly database: DataSource,
    private readonly secrets: PersonSessionSecrets,
    private readonly lastsMs: number,
    private readonly wallNow: () => number,
  ) {}

  async open({ person, scopes, accountId, signIn, idToken }: VouchedPerson): Promise<{ readonly secret: string; readonly expiresAt: number }> {
    const createdAt = this.wallNow();
    await removePersonSessionsBefore(this.database, createdAt - KEPT_MS);
    const secret = SESSION_PREFIX + randomBytes(32).toString('base64url');
    const hmac = secretHmac(secret, this.secrets.pepper);
    const expiresAt = createdAt + this.lastsMs;
    const opened = await insertPersonSession(this.database, {
      secretHmac: hmac,
      person,
      scopes,
      accountId,
      signInDigest: createHash('sha256').update(signIn).digest(),
      sealedIdToken: seal(newest(this.secrets.sealingKeys), placeOf(hmac), idToken),
      createdAt,
      expiresAt,
    });
    if (!opened) refuse('sign-in-refused', 'This sign-in was completed already. Begin again.');
    return { secret, expiresAt };
  }

  /** The ID token of the session that ended; null: it was none of a person, or had ended before. */
  async end(secret: string): Promise<string | null> {
    const hmac = secretHmac(secret, this.secrets.pepper);
    const sealed = await endPersonSession(this.database, hmac, this.wallNow());
    if (sealed === null) return null;
    try {
      return open(this.secrets.sealingKeys, placeOf(hmac), sealed);
    } catch {
      // Sealed with a key that was taken out of use meanwhile: the session has ended all the same.
      return null;
    }
  }
}

function placeOf(hmac: Buffer): string {
  return `person-session:${hmac.toString('hex')}`;
}
