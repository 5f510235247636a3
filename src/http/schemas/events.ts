import { z } from 'zod';
import { BREAK_KINDS, BREAK_RESOLUTIONS } from '../../domain/break.js';
import { EVENT_TYPES, type EventData, type EventType } from '../../domain/event.js';
import { ACCOUNT_STATUSES } from '../../domain/standing.js';

export const eventsQuery = z.strictObject({
  heads: z.enum(['true', 'false']).optional().meta({ description: "Whether it also says the number of the account's newest entry; `false` unless said otherwise." }),
});

/** What licensees' endpoints and event streams get: one schema for each type of event (SPEC 11). */
const instant = z.string().meta({ format: 'date-time' });
const credits = z.string().meta({ description: 'Credits, with nine fractional digits.' });

const statusChange = z.strictObject({
  status: z.enum(ACCOUNT_STATUSES),
  previous: z.enum(ACCOUNT_STATUSES),
  reasons: z.array(z.string()),
  balance: credits,
  since: instant,
});

const toldBreak = z.strictObject({
  breakId: z.string(),
  kind: z.enum(BREAK_KINDS),
  credits: credits.nullable().meta({ description: 'The credits in question.' }),
  amount: z.string().nullable().meta({ description: 'The money in question.' }),
  currency: z.string().nullable(),
  foundAt: instant,
});

const DATA = {
  'balance.below': z.strictObject({
    threshold: credits,
    share: z.string().nullable().meta({ description: 'Where the rule is a share of the last purchase.' }),
    balance: credits,
    available: credits,
    held: credits,
    already: z.boolean().meta({ description: 'The balance was below before: the rule, or its threshold, is new.' }),
  }),
  'runway.below': z.strictObject({ days: z.int(), runwayDays: z.string(), burnPerDay: credits, balance: credits, from: instant, until: instant }),
  'term.ending': z.strictObject({ days: z.int(), endsAt: instant, lapsesAt: instant, balance: credits }),
  'lot.ending': z.strictObject({ days: z.int(), lotId: z.int(), endsAt: instant, available: credits }),
  'burn.unusual': z.strictObject({ factor: z.string(), lastDay: credits, usualPerDay: credits, from: instant, until: instant }),
  'account.resumed': statusChange,
  'account.limited': statusChange,
  'account.suspended': statusChange,
  'account.term_ended': statusChange,
  'account.closed': statusChange,
  'credits.allocated': z.strictObject({ purchaseId: z.string(), lotId: z.int(), credits, balance: credits }),
  'hold.expired': z.strictObject({ holdId: z.string(), feature: z.string(), returned: credits, captured: credits }),
  'usage.unfunded': z.strictObject({ feature: z.string(), credits, balance: credits }),
  'rates.announced': z.strictObject({
    noticeId: z.string(),
    cardId: z.string(),
    version: z.int(),
    effectiveDate: z.string().meta({ format: 'date' }),
    text: z.string().meta({ description: 'The words of the notice.' }),
  }),
  'break.found': z.strictObject({ count: z.int(), breaks: z.array(toldBreak).meta({ description: 'The oldest twenty of them.' }) }),
  'break.resolved': z.strictObject({
    count: z.int(),
    breaks: z.array(toldBreak.extend({ resolution: z.enum(BREAK_RESOLUTIONS), resolvedAt: instant })).meta({ description: 'The oldest twenty of them.' }),
  }),
  'privacy.announced': z.strictObject({
    version: z.int().meta({ description: 'Its text: GET /v1/privacy-notices/{version}.' }),
    change: z.enum(['first', 'substantial', 'minor', 'required-by-law']),
    announcedOn: z.string().meta({ format: 'date' }),
    effectiveOn: z.string().meta({ format: 'date' }),
    textHash: z.string().meta({ description: 'SHA-256 of its text, hex.' }),
  }),
  'contact.bounced': z.strictObject({ contactId: z.string(), bouncedAt: instant, status: z.int().nullable() }),
  'endpoint.disabled': z.strictObject({ endpointId: z.string(), failingSince: instant, status: z.int().nullable() }),
} as const satisfies { readonly [Type in EventType]: z.ZodType<EventData[Type]> };

/** As an endpoint gets it: Standard Webhooks' type, timestamp and data, and the event's own place. */
function payloadOf(type: EventType) {
  return z
    .strictObject({
      type: z.literal(type),
      timestamp: instant.meta({ description: 'Business time.' }),
      id: z.string().meta({ description: 'UUIDv7, the same over all attempts; also the webhook-id header.' }),
      accountId: z.string(),
      seq: z.int().meta({ description: "The entry that caused it, or the account's last one. An account's events arrive in its order." }),
      data: DATA[type],
    })
    .meta({ id: `Event.${type}` });
}

const payloads = EVENT_TYPES.map((type) => [type, payloadOf(type)] as const);

/** By type of event. */
export const EVENT_PAYLOADS = Object.fromEntries(payloads) as unknown as Readonly<Record<EventType, z.ZodType>>;

/** Any of them: what the event stream sends. */
export const eventAnswer = z.union(payloads.map(([, payload]) => payload)).meta({ id: 'Event' });
