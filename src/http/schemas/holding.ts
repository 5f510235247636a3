import { z } from 'zod';
import { BILLING_MODES } from '../../domain/contract.js';
import { ERROR_CODES } from '../../domain/errors.js';
import { HOLD_STATES } from '../../domain/hold.js';
import { ACCOUNT_STATUSES } from '../../domain/standing.js';
import { balanceAnswer, entryAnswer } from './answers.js';
import { id, integerText, name, nonNegativeAmount, positiveAmount, prose } from './values.js';

/** Holds, access and standing: bodies, queries and answers. */
const usage = z.record(name, nonNegativeAmount).meta({ description: 'Quantity per meter.' });
const ttlSeconds = integerText(86_400, 'Seconds from now, at most 24 hours.');

export const newHold = z
  .strictObject({
    holdId: id,
    feature: name,
    usage: usage.optional(),
    credits: positiveAmount.optional(),
    ttlSeconds: ttlSeconds.optional().meta({ description: 'One hour unless said otherwise.' }),
    maxCapture: positiveAmount.optional().meta({ description: 'The most credits that its captures may consume; more is unfunded.' }),
  })
  .refine((hold) => (hold.usage === undefined) !== (hold.credits === undefined), { path: ['usage'], error: 'The estimate is either usage or credits.' })
  .meta({ id: 'NewHold' });
export const newCapture = z
  .strictObject({ usage, final: z.boolean().optional().meta({ description: 'false: a part of a streamed action; the hold stays open.' }) })
  .meta({ id: 'NewCapture' });
export const holdExtension = z.strictObject({ ttlSeconds }).meta({ id: 'HoldExtension' });
export const holdsQuery = z.strictObject({
  state: z.enum(HOLD_STATES).optional(),
  limit: integerText(200, 'At most so many.').optional(),
  after: id.optional().meta({ description: 'The last holdId of the page before.' }),
});
export const accessQuery = z.strictObject({ feature: name });
export const newSuspension = z
  .strictObject({
    reason: prose(500, 'Why; without personal data.'),
    reference: prose(200, 'A case or a document that says why.'),
    cutsOffRunningWork: z.boolean().optional().meta({ description: 'For law or abuse: captures of running work are refused as well.' }),
  })
  .meta({ id: 'NewSuspension' });
export const statusReason = z.strictObject({ reason: prose(500, 'Why; without personal data.') }).meta({ id: 'StatusReason' });

const instant = z.string().meta({ format: 'date-time' });
export const holdPlacedAnswer = z
  .strictObject({ holdId: z.string(), expiresAt: instant, entry: entryAnswer, balance: balanceAnswer })
  .meta({ id: 'HoldPlaced' });
export const holdQuoteAnswer = z
  .strictObject({
    credits: z.string(),
    legs: z.array(z.strictObject({ lotId: z.int(), rateVersion: z.string().nullable(), credits: z.string() })),
    balance: balanceAnswer,
    asOfSeq: z.int(),
  })
  .meta({ id: 'HoldQuote' });
export const holdAnswer = z
  .strictObject({
    holdId: z.string(),
    state: z.enum(HOLD_STATES),
    feature: z.string(),
    billing: z.enum(BILLING_MODES),
    placedSeq: z.int(),
    placedAt: instant,
    expiresAt: instant,
    maxCapture: z.string().nullable(),
    legs: z.array(z.strictObject({ lotId: z.int(), rateVersion: z.string(), held: z.string() })),
    usage: z.record(z.string(), z.string()).meta({ description: 'Captured so far.' }),
    captured: z.string(),
  })
  .meta({ id: 'Hold' });
export const holdsAnswer = z.strictObject({ items: z.array(holdAnswer) }).meta({ id: 'Holds' });
export const accessAnswer = z
  .strictObject({
    accountId: z.string(),
    feature: z.string(),
    allowed: z.boolean().meta({ description: 'Whether a new action that costs credits may be asked for at all; its price decides the rest.' }),
    refusal: z.enum(ERROR_CODES).nullable().meta({ description: 'The code that it would be refused with.' }),
    billing: z.enum(BILLING_MODES).nullable(),
    status: z.enum(ACCOUNT_STATUSES),
    reasons: z.array(z.string()),
    balance: balanceAnswer,
  })
  .meta({ id: 'Access' });
