import { z } from 'zod';
import { EVENT_TYPES } from '../../domain/event.js';
import { TARGET_KINDS } from '../../postgres/catalogue/relay.js';
import { rateCardAnswer } from './answers.js';

/** What operators and finance look after: notices of a version over all accounts, and the queues. */
const instant = z.string().meta({ format: 'date-time' });
const day = z.string().meta({ format: 'date' });

export const rateCardsAnswer = z.strictObject({ items: z.array(rateCardAnswer) }).meta({ id: 'RateCards', description: 'By id, at most 500.' });

export const NOTICE_STANDINGS = ['not-told', 'told', 'came-back', 'delivered', 'withdrawn'] as const;
export const noticesOfVersionAnswer = z
  .strictObject({
    counts: z.strictObject({ accounts: z.int(), told: z.int(), delivered: z.int() }).meta({ description: 'Of all accounts that the version concerns.' }),
    items: z.array(
      z.strictObject({
        accountId: z.string(),
        licenseeId: z.string(),
        legalName: z.string(),
        standing: z.enum(NOTICE_STANDINGS).meta({
          description: 'told: on its way, the thirty days have not begun. came-back: a delivery was taken back by a bounce, and none is left.',
        }),
        noticeId: z.string().nullable(),
        announcedOn: day.nullable(),
        deliveredOn: day.nullable(),
        reachesPurchasesFrom: day.nullable(),
      }),
    ),
  })
  .meta({ id: 'NoticesOfVersion', description: 'Those whose thirty days have not begun first, at most 500.' });

export const queuesAnswer = z
  .strictObject({
    at: instant.meta({ description: 'Wall time, like all instants here.' }),
    outbox: z
      .strictObject({ waiting: z.int(), oldestAt: instant.nullable(), lagSeconds: z.int() })
      .meta({ description: 'Events that no relay has handed on yet, and for how long the oldest one has waited.' }),
    pending: z
      .strictObject({ count: z.int(), due: z.int(), lagSeconds: z.int() })
      .meta({ description: 'Deliveries under way; of them what is due now, and for how long the oldest has been.' }),
    parked: z.strictObject({
      count: z.int(),
      items: z
        .array(
          z.strictObject({
            accountId: z.string(),
            deliveryId: z.string(),
            type: z.enum(EVENT_TYPES),
            target: z.strictObject({ kind: z.enum(TARGET_KINDS), id: z.string() }),
            attempts: z.int(),
            lastStatus: z.int().nullable(),
            lastExcerpt: z.string().nullable(),
            createdAt: instant,
            settledAt: instant.nullable(),
          }),
        )
        .meta({ description: 'Given up last first, at most 200.' }),
    }),
  })
  .meta({ id: 'Queues' });
