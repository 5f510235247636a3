import { z } from 'zod';
import { EVENT_TYPES, type EventData, type EventType } from '../../domain/event.js';
import { ACCOUNT_STATUSES } from '../../domain/standing.js';

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
