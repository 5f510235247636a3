import { RefusedError } from '../../domain/errors.js';
import { SIGN_IN_TICKETS, derivedKeys } from '../../platform/sealing.js';
import type { Caller } from '../access/caller.js';
import { callerOfClaims } from '../access/claims.js';
import type { HttpParts } from '../http-parts.js';
import { IdentitySignIn, type CompletedSignIn } from './identity-sign-in.js';
import { SignInTickets } from './sign-in-tickets.js';

/** Signing in at an identity provider, where there is one. */
export interface SignIn {
  readonly provider: IdentitySignIn;
  /** The person that claims stand for; refuses where their roles mean nothing here. */
  readonly callerOf: (claims: CompletedSignIn['claims']) => Caller;
  /** Whether people come over https. */
  readonly overTls: boolean;
}

/** How people sign in at the identity provider; null: none is set up, or not for signing in. */
export function signInOf({ identityProvider, publicUrl, secrets, wallClock }: HttpParts, onRefused: (reason: string) => void): SignIn | null {
  const client = identityProvider?.signIn ?? null;
  if (identityProvider === null || client === null) return null;
  const tickets = new SignInTickets(derivedKeys(secrets.sealingKeys, SIGN_IN_TICKETS));
  return {
    overTls: publicUrl.startsWith('https://'),
    provider: new IdentitySignIn({ provider: identityProvider, client, publicUrl, tickets, clock: wallClock, onRefused }),
    callerOf: (claims) => {
      // The same pseudonym as with a token of the same person: the second operator is another person either way.
      const caller = callerOfClaims(identityProvider, secrets.keyPepper, claims);
      if ('code' in caller) throw new RefusedError(caller);
      return caller;
    },
  };
}
