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
  keyId: z.string().meta({ description: 'The key that lends its rights: what is done in the session bears its name.' }),
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
