import { z } from 'zod';
import { EVENT_TYPES } from '../../domain/event.js';
import { DELIVERY_STATES } from '../../postgres/catalogue/deliveries.js';
import { TARGET_KINDS } from '../../postgres/catalogue/relay.js';

/** What became of events on their way to contacts and endpoints. */
const instant = z.string().meta({ format: 'date-time' });
export const deliveriesQuery = z.strictObject({ state: z.enum(DELIVERY_STATES).default('parked') });
export const deliveriesAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        deliveryId: z.string(),
        messageId: z.string().meta({ description: "The event's id, the same over all attempts." }),
        type: z.enum(EVENT_TYPES),
        target: z.strictObject({ kind: z.enum(TARGET_KINDS), id: z.string() }),
        state: z.enum(DELIVERY_STATES).meta({ description: 'parked: given up after the last attempt, or refused for good, until it is replayed.' }),
        attempts: z.int(),
        lastStatus: z.int().nullable().meta({ description: 'Of SMTP or HTTP; null: nobody answered.' }),
        lastExcerpt: z.string().nullable(),
        createdAt: instant,
        nextAttemptAt: instant.nullable().meta({ description: 'Where it is pending.' }),
        settledAt: instant.nullable(),
      }),
    ),
  })
  .meta({ id: 'Deliveries', description: 'Newest first, at most 200.' });
export const replayedAnswer = z.strictObject({ replayed: z.int() }).meta({ id: 'ReplayedDeliveries' });
