import { z } from 'zod';
import { EVENT_TYPES, type EventData, type EventType } from '../../domain/event.js';
import { ACCOUNT_STATUSES } from '../../domain/standing.js';

/** What licensees' endpoints and event streams get: one schema for each type of event (SPEC 11). */
const instant = z.string().meta({ format: 'date-time' });
const credits = z.string().meta({ description: 'Credits, with nine fractional digits.' });
/** What a webhook gets as its body, and the event stream as `data`. Every type of event has its own schema. */
const credits = z.string().meta({ description: 'Credits, 9 fractional digits.' });
const instant = z.string().meta({ format: 'date-time' });
const day = z.string();

const statusChange = z.strictObject({
  status: z.enum(ACCOUNT_STATUSES),
  previous: z.enum(ACCOUNT_STATUSES),
  reasons: z.array(z.string()),
  balance: credits,
  since: instant,
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
const DATA: { readonly [Type in EventType]: z.ZodType<EventData[Type]> } = {
  'balance.below': z.strictObject({
    threshold: credits,
    share: z.string().nullable().meta({ description: 'Share of the last purchase, where the rule is one.' }),
    balance: credits,
    available: credits,
    held: credits,
    already: z.boolean().meta({ description: 'It was below before: the rule is new.' }),
  }),
  'runway.below': z.strictObject({ days: z.number(), runwayDays: z.string(), burnPerDay: credits, balance: credits, from: day, until: day }),
  'term.ending': z.strictObject({ days: z.number(), endsAt: instant, lapsesAt: instant, balance: credits }),
  'lot.ending': z.strictObject({ days: z.number(), lotId: z.number(), endsAt: instant, available: credits }),
  'burn.unusual': z.strictObject({ factor: z.string(), lastDay: credits, usualPerDay: credits, from: day, until: day }),
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

/** By type of event. */
export const EVENT_PAYLOADS = Object.fromEntries(EVENT_TYPES.map((type) => [type, payloadOf(type)])) as unknown as Readonly<
  Record<EventType, z.ZodType>
>;
  'credits.allocated': z.strictObject({ purchaseId: z.string(), lotId: z.number(), credits, balance: credits }),
  'hold.expired': z.strictObject({ holdId: z.string(), feature: z.string(), returned: credits, captured: credits }),
  'usage.unfunded': z.strictObject({ feature: z.string(), credits, balance: credits }),
  'rates.announced': z.strictObject({ noticeId: z.string(), cardId: z.string(), version: z.number(), effectiveDate: day, text: z.string() }),
  'contact.bounced': z.strictObject({ contactId: z.string(), bouncedAt: instant, status: z.number().nullable() }),
  'endpoint.disabled': z.strictObject({ endpointId: z.string(), failingSince: instant, status: z.number().nullable() }),
};

/** `account.suspended` is the component `AccountSuspendedEvent`. */
function componentName(type: EventType): string {
  return `${type.replaceAll(/(?:^|[._])(\w)/g, (_match, letter: string) => letter.toUpperCase())}Event`;
}

function eventSchema(type: EventType) {
  return z
    .strictObject({
      type: z.literal(type),
      timestamp: instant.meta({ description: 'Business time at which it happened.' }),
      id: z.string().meta({ format: 'uuid', description: 'The same over all attempts and channels.' }),
      accountId: z.string(),
      seq: z.int().nonnegative().meta({ description: 'The entry that caused it; where none did, the last one before it.' }),
      data: DATA[type],
    })
    .meta({ id: componentName(type) });
}

const [first, ...others] = EVENT_TYPES.map(eventSchema) as [ReturnType<typeof eventSchema>, ...ReturnType<typeof eventSchema>[]];
export const eventAnswer = z.union([first, ...others]).meta({ id: 'Event' });
