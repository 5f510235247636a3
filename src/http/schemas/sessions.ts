import { z } from 'zod';
import { SCOPES } from '../../domain/api-key.js';
import { wholeNumber } from './values.js';

/** Sign-in links and sessions of the web account. */
const instant = z.string().meta({ format: 'date-time' });

export const newSignInLink = z
  .strictObject({
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).optional().meta({ description: 'A part of the key’s own; absent: all that a person can use.' }),
    inFrame: z.boolean().optional().meta({ description: 'For the frame of another console, one of FRAME_ANCESTORS.' }),
    validMinutes: wholeNumber(1_440, 'How long it may wait to be used; 10 unless said otherwise.').optional(),
  })
  .optional()
  .meta({ id: 'NewSignInLink' });
export const signInLinkAnswer = z
  .strictObject({ path: z.string().meta({ description: 'Of this service. Its secret is behind the #, so that no log has it.' }), expiresAt: instant })
  .meta({ id: 'SignInLink', description: 'Opens one session, once.' });

export const newSession = z.strictObject({ link: z.string().regex(/^kal_[A-Za-z0-9_-]{20,64}$/) }).meta({ id: 'NewSession' });
const sessionMembers = {
  keyId: z.string().meta({ description: 'The key that lends its rights, or `person:<pseudonym>`: what is done in the session bears its name.' }),
  scopes: z.array(z.enum(SCOPES)),
  accountId: z.string().nullable().meta({ description: 'The account that it is bound to; null: an operator’s or finance’s.' }),
  sandbox: z.boolean().meta({ description: 'Whether business time can be advanced here.' }),
};
export const sessionAnswer = z.strictObject(sessionMembers).meta({ id: 'Session' });
export const openedSessionAnswer = z
  .strictObject({
    scopes: sessionMembers.scopes,
    accountId: sessionMembers.accountId,
    expiresAt: instant,
    bearer: z.string().nullable().meta({ description: 'In a frame: sent as "Authorization: Bearer". Otherwise null, and a cookie is set.' }),
  })
  .meta({ id: 'OpenedSession' });

/** Of the web account: segments that begin with a letter or a digit, so that no address outside of it can be written. */
const ADDRESS_WITHIN = /^\/(?:\w[\w.@~:%-]*(?:\/\w[\w.@~:%-]*)*)?(?:\?[\w.~%&=+:;,@/?!$'()*-]*)?$/;
export const signInWaysAnswer = z
  .strictObject({ identityProvider: z.boolean().meta({ description: 'Whether people sign in at their organisation’s identity provider.' }) })
  .meta({ id: 'SignInWays' });
export const newSignIn = z
  .strictObject({
    returnTo: z.string().max(500).regex(ADDRESS_WITHIN).default('/').meta({ description: 'The address under /app to come back to.' }),
  })
  .optional()
  .meta({ id: 'NewSignIn' });
export const signInBegunAnswer = z
  .strictObject({
    ticket: z.string().meta({ description: 'Held by the page for ten minutes at most: without it nothing that the provider answers opens a session.' }),
    location: z.string().meta({ description: 'Where the browser goes now: the identity provider.' }),
  })
  .meta({ id: 'SignInBegun' });
export const signInAnswerOfProvider = z
  .strictObject({
    ticket: z.string().max(2_000),
    answer: z.string().max(8_000).meta({ description: 'The query with which the provider sent the browser back to /app/sign-in, without the question mark.' }),
  })
  .meta({ id: 'SignInAnswer' });
export const signedInAnswer = z
  .strictObject({ scopes: sessionMembers.scopes, accountId: sessionMembers.accountId, expiresAt: instant, returnTo: z.string() })
  .meta({ id: 'SignedIn', description: 'A cookie is set.' });
export const endedSessionAnswer = z
  .strictObject({ location: z.string().nullable().meta({ description: 'Where the browser ends the identity provider’s session too; null: nothing is left to do.' }) })
  .meta({ id: 'EndedSession' });
