import { z } from 'zod';

/** What a person may do; usage is debited by backends, with keys. */
const PERSONS_SCOPES = ['account:admin', 'account:read', 'finance', 'operator'] as const;

/** Who vouches for people: an OpenID Connect issuer, and what its claims mean here. */
export interface IdentityProvider {
  /** Has to be the `iss` of every token, to the letter. */
  readonly issuer: string;
  /** Has to be, or be among, the `aud` of every token. */
  readonly audience: string;
  /** Where its public keys are; null: where its discovery document says. */
  readonly jwksUri: string | null;
  /** Path of the claim with the person's roles, a text or a list; dots lead into objects, as in `realm_access.roles`. */
  readonly rolesClaim: string;
  /** What each role may do here; roles that are not in it mean nothing. */
  readonly roles: Readonly<Record<string, readonly (typeof PERSONS_SCOPES)[number][]>>;
  /** Path of the claim with the account that a licensee's person belongs to. */
  readonly accountClaim: string;
  /** How people sign in to the web account there; null: they do not, only their tokens pass. */
  readonly signIn: SignInClient | null;
}

/** What the provider knows the web account as. */
export interface SignInClient {
  readonly clientId: string;
  /** Null: a public client, which has PKCE alone. */
  readonly clientSecret: string | null;
  /** Scopes that are asked for, separated by blanks; `openid` is among them. */
  readonly scope: string;
  readonly sessionMinutes: number;
}

const EXPECTED_ROLES =
  `must be JSON such as {"credits-admin":["account:admin"]}: roles of the identity provider, each with scopes out of ${PERSONS_SCOPES.join(', ')}`;

export const rolesText = z.string().transform((text, context) => {
  const parsed = z.record(z.string().min(1), z.array(z.enum(PERSONS_SCOPES)).min(1)).safeParse(jsonOf(text));
  if (parsed.success && Object.keys(parsed.data).length > 0) return parsed.data;
  context.addIssue({ code: 'custom', message: EXPECTED_ROLES });
  return z.NEVER;
});

/** Tokens and keys travel encrypted, save on this very machine. */
export const issuerUrl = z
  .url({ error: 'must be the address of an OpenID Connect issuer' })
  .refine((url) => /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])([:/]|$))/.test(url), 'must begin with https://');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
