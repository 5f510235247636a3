import { z } from 'zod';
import { EVENT_TYPES } from '../../domain/event.js';
import { mailAddress, prose, webhookUrl } from './values.js';

/** Contacts and webhook endpoints: where a licensee is told. */
const instant = z.string().meta({ format: 'date-time' });

export const newContact = z
  .strictObject({ name: prose(100, 'Of the person, or what the mailbox is for.'), address: mailAddress })
  .meta({ id: 'NewContact' });
export const contactAnswer = z
  .strictObject({
    contactId: z.string(),
    name: z.string(),
    address: z.string(),
    createdAt: instant,
    verifiedAt: instant.nullable().meta({ description: 'Null: the mailed link was not used yet, and nothing but the link is mailed.' }),
    bouncedAt: instant.nullable().meta({ description: 'Mail came back: nothing is mailed, and notices do not count as delivered, until the address is verified again.' }),
    bounceStatus: z.int().nullable().meta({ description: 'What the mail server answered.' }),
    linkSentAt: instant.nullable(),
  })
  .meta({ id: 'Contact' });
export const contactsAnswer = z.strictObject({ items: z.array(contactAnswer) }).meta({ id: 'Contacts' });

export const newEndpoint = z
  .strictObject({
    url: webhookUrl,
    eventTypes: z
      .array(z.enum(EVENT_TYPES))
      .min(1)
      .max(EVENT_TYPES.length)
      .refine((types) => new Set(types).size === types.length, 'A type is named once.')
      .optional()
      .meta({ description: 'Absent: all.' }),
  })
  .meta({ id: 'NewEndpoint' });
const endpointFields = {
  endpointId: z.string(),
  url: z.string(),
  eventTypes: z.array(z.enum(EVENT_TYPES)).nullable(),
  createdAt: instant,
  disabledAt: instant.nullable().meta({ description: 'Switched off after it had failed for five days, or answered 410.' }),
  failingSince: instant.nullable().meta({ description: 'Every attempt since then has failed.' }),
};
export const endpointAnswer = z.strictObject(endpointFields).meta({ id: 'Endpoint' });
export const endpointsAnswer = z.strictObject({ items: z.array(endpointAnswer) }).meta({ id: 'Endpoints' });
export const newEndpointAnswer = z
  .strictObject({
    ...endpointFields,
    secret: z.string().optional().meta({ description: 'Shown once: whsec_..., as Standard Webhooks has it. A replay of the request does not have it.' }),
  })
  .meta({ id: 'EndpointWithSecret' });
const attempt = {
  messageId: z.string().meta({ description: 'webhook-id: the same over all attempts.' }),
  at: instant,
  durationMs: z.int(),
  status: z.int().nullable().meta({ description: 'Null: there was no answer.' }),
  excerpt: z.string().meta({ description: 'The first bytes of the answer, or what went wrong.' }),
};
export const attemptsAnswer = z
  .strictObject({ items: z.array(z.strictObject({ attemptId: z.string(), eventType: z.string(), ...attempt })) })
  .meta({ id: 'EndpointAttempts' });
export const testedAnswer = z
  .strictObject({ delivered: z.boolean(), status: attempt.status, durationMs: attempt.durationMs, excerpt: attempt.excerpt })
  .meta({ id: 'EndpointTested' });
