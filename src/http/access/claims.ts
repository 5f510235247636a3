import { createHmac } from 'node:crypto';
import { checkKeyRights, type Scope } from '../../domain/api-key.js';
import { refusal, type Refusal } from '../../domain/errors.js';
import type { IdentityProvider } from '../../platform/identity-provider.js';
import type { Caller } from './caller.js';

const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

type Claims = Readonly<Record<string, unknown>> & { readonly sub?: string | undefined };

/** The person that claims of the identity provider stand for, once their signature is known to be its own; or why there is none. */
export function callerOfClaims(provider: IdentityProvider, pseudonymKey: Buffer, claims: Claims): Caller | Refusal {
  const { issuer, roles, rolesClaim, accountClaim } = provider;
  const theirs = [claimAt(claims, rolesClaim)].flat().filter((role) => typeof role === 'string');
  const scopes = [...new Set(theirs.flatMap((role) => (Object.hasOwn(roles, role) ? (roles[role] ?? []) : [])))].sort() as Scope[];
  if (scopes.length === 0) return refusal('forbidden', 'None of the roles in this token may do anything here.');
  const isLicensees = scopes.some((scope) => scope.startsWith('account:'));
  const account = isLicensees ? claimAt(claims, accountClaim) : null;
  if (account !== null && !(typeof account === 'string' && ACCOUNT_ID.test(account))) {
    return refusal('forbidden', 'This token names no account, and its roles are those of an account.');
  }
  const wrong = checkKeyRights({ scopes, accountId: account });
  // P6: who works for the operator or for finance cannot buy, not even under another hat.
  if (wrong !== null) return refusal('forbidden', 'The roles in this token do not belong together.');
  const keyId = `person:${pseudonymOf(pseudonymKey, `${issuer} ${claims.sub ?? ''}`)}`;
  return { keyId, rateLimit: null, scopes, accountId: account, actor: keyId };
}

/** Entries are kept for ever, so they name nobody. */
function pseudonymOf(key: Buffer, subject: string): string {
  return createHmac('sha256', key).update(subject).digest('hex').slice(0, 32);
}

/** The claim at a path; dots lead into objects. */
export function claimAt(claims: Claims, path: string): unknown {
  let part: unknown = claims;
  for (const name of path.split('.')) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, name)) return undefined;
    part = (part as Readonly<Record<string, unknown>>)[name];
  }
  return part;
}
