import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Scope } from '../domain/api-key.js';
import { refuse } from '../domain/errors.js';
import { endSession, insertLink, openSession, removeEndedBefore, type OpenedSession } from '../postgres/catalogue/web-sessions.js';
import { secretHmac } from './issue-api-key.js';

export interface LinkRequest {
  /** Absent: all that the key has and a person can use. */
  readonly scopes?: readonly Scope[] | undefined;
  /** For another console's frame: its session is held by the page itself, not by a cookie. */
  readonly inFrame: boolean;
  readonly validMinutes: number;
}

interface Lender {
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}

export interface Session extends OpenedSession {
  readonly secret: string;
}

const LINK_PREFIX = 'kal_';
export const SESSION_PREFIX = 'kas_';
const SESSION_MS = 12 * 3_600_000;
const KEPT_MS = 24 * 3_600_000;
/** A person looks and decides; debits are for programs. */
const OF_A_PERSON: readonly Scope[] = ['account:admin', 'account:read', 'finance', 'operator'];

/**
 * Signing in by a link that works once. A key lends its rights to whoever brings the link, for twelve hours, and they end with
 * the key: what a session does is that key's act, so that every rule about keys (P6, the second operator) holds for it.
 */
export class WebSessions {
  constructor(
    private readonly database: DataSource,
    private readonly pepper: Buffer,
    private readonly wallNow: () => number,
  ) {}

  async makeLink(lender: Lender, { scopes, inFrame, validMinutes }: LinkRequest): Promise<{ readonly secret: string; readonly expiresAt: number }> {
    // A person who signed in elsewhere has a provider that vouches; it lends its rights to nobody.
    if (lender.keyId.startsWith('person:')) refuse('forbidden', 'Only a key lends its rights.');
    const lent = OF_A_PERSON.filter((scope) => (scopes ?? lender.scopes).includes(scope));
    if (lent.length === 0 || (scopes ?? []).some((scope) => !lender.scopes.includes(scope))) {
      refuse('forbidden', 'A key lends only rights that it has, and only those that a person can use.', { pointer: '/scopes' });
    }
    const createdAt = this.wallNow();
    await removeEndedBefore(this.database, createdAt - KEPT_MS);
    const secret = newSecret(LINK_PREFIX);
    const expiresAt = createdAt + validMinutes * 60_000;
    await insertLink(this.database, { secretHmac: secretHmac(secret, this.pepper), keyId: lender.keyId, scopes: lent, inFrame, createdAt, expiresAt });
    return { secret, expiresAt };
  }

  async open(link: string): Promise<Session> {
    const now = this.wallNow();
    const secret = newSecret(SESSION_PREFIX);
    const opened = await openSession(this.database, {
      linkHmac: secretHmac(link, this.pepper),
      sessionHmac: secretHmac(secret, this.pepper),
      now,
      expiresAt: now + SESSION_MS,
    });
    if (opened === null) refuse('sign-in-link-ended', 'This sign-in link was used already or has expired. Ask for a new one.');
    return { ...opened, secret };
  }

  /** What a session is known by: its secret is kept nowhere. */
  digestOf(secret: string): Buffer {
    return secretHmac(secret, this.pepper);
  }

  async end(secret: string): Promise<void> {
    await endSession(this.database, secretHmac(secret, this.pepper), this.wallNow());
  }
}

function newSecret(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url');
}
