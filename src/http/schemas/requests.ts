import { z } from 'zod';
import { SCOPES } from '../../domain/api-key.js';
import { BILLING_MODES } from '../../domain/contract.js';
import { ENTRY_TYPES } from '../../domain/entry.js';
import {
  currency,
  date,
  decimalText,
  id,
  instant,
  integerText,
  name,
  nonNegativeAmount,
  positiveAmount,
  prose,
  sha256Text,
  shareText,
  timeZone,
  webhookUrl,
  wholeNumber,
} from './values.js';

/** Bodies and queries. Unknown fields are refused everywhere. */
export const newLicensee = z.strictObject({ licenseeId: id, legalName: prose(200, 'Name of the legal party that signed the Agreement.') }).meta({ id: 'NewLicensee' });
export const newAccount = z.strictObject({ accountId: id, licenseeId: id }).meta({ id: 'NewAccount' });
export const newRateCard = z.strictObject({ cardId: name, name: prose(200, 'For people.') }).meta({ id: 'NewRateCard' });

const positiveQuantity = positiveAmount;
const newRate = z.strictObject({
  meter: name,
  unit: prose(64, 'What one of the meter is: a minute, a token.'),
  creditsPerUnit: decimalText(18, 'Credits of one unit, at most 18 fractional digits.'),
  increment: positiveQuantity.optional(),
  minimum: positiveQuantity.optional(),
});
export const newRateVersion = z
  .strictObject({
    effectiveDate: date,
    features: z
      .array(
        z.strictObject({
          feature: name,
          predecessor: name.optional(),
          rates: z.array(newRate).min(1).max(20).refine(distinct('meter'), 'A meter has one rate.'),
        }),
      )
      .min(1)
      .max(200)
      .refine(distinct('feature'), 'A feature is named once.'),
  })
  .meta({ id: 'NewRateVersion' });
export const publication = z.strictObject({ text: prose(20_000, 'The words of the notice that licensees get.') }).meta({ id: 'Publication' });

export const newOrderForm = z
  .strictObject({
    number: prose(100, 'Number of the signed document.'),
    timeZone,
    termStart: date,
    termEnd: date,
    features: z
      .array(z.strictObject({ feature: name, mode: z.enum(BILLING_MODES), maxQuantity: z.record(name, nonNegativeAmount).optional() }))
      .min(1)
      .max(200)
      .refine(distinct('feature'), 'A feature is ordered once.'),
    rateCardId: name,
    rateVersion: wholeNumber(1_000_000, 'The version in force for its purchases from the start.'),
    unitPrice: decimalText(12, 'Price of one credit, exclusive of tax.'),
    currency,
    taxRate: decimalText(9, 'Tax as a fraction of the price.').optional(),
    priority: z
      .partialRecord(z.enum(['purchase', 'trial', 'promotional', 'adjustment']), integerText(30_000, 'Smaller burns first.'))
      .optional(),
    suspendAtBalance: nonNegativeAmount.optional(),
    suspendOnRefusal: z.boolean().optional(),
    rolloverGraceDays: integerText(3_650, 'Days after the Term in which an extension still rolls over what is left; 30 unless said otherwise.').optional(),
    signedOn: date.optional().meta({ description: 'The day of signature, where it is recorded later.' }),
    paymentDueDays: integerText(3_650, 'Days within which a purchase is to be paid.').optional(),
    laterPrices: z
      .enum(['then-current', 'order-form'])
      .optional()
      .meta({ description: "What later purchases cost: the then-current price of the card (P4, the default), or the order form's own." }),
    shortfallTolerance: decimalText(9, 'The part of what is due that finance may write off when it is missing; 0.01 unless said otherwise.')
      .refine((part) => /^(0(\.\d+)?|1(\.0+)?)$/.test(part), 'A fraction, from 0 to 1.')
      .optional(),
    noticeWebhook: webhookUrl.optional().meta({ description: 'The webhook that receives notices: a 2xx from it delivers them (P2).' }),
    addendumVersion: prose(64, 'Version of the AI Addendum that it was signed under.'),
    addendumHash: sha256Text,
    purchases: z.array(z.strictObject({ credits: positiveAmount })).max(100).optional(),
  })
  .refine(({ termStart, termEnd }) => termStart <= termEnd, { path: ['termEnd'], error: 'The Term ends on or after the day it begins.' })
  .meta({ id: 'NewOrderForm' });

export const newPurchase = z
  .strictObject({
    credits: positiveAmount.optional(),
    orderFormId: id.optional(),
    quoteId: id.optional().meta({ description: 'Places exactly what was quoted, instead of credits at the price and rates of now.' }),
  })
  .refine(({ credits, quoteId }) => (credits === undefined) !== (quoteId === undefined), { path: ['credits'], error: 'Name either the credits, or a quote.' })
  .refine(({ orderFormId, quoteId }) => orderFormId === undefined || quoteId === undefined, { path: ['orderFormId'], error: 'The quote has an order form already.' })
  .meta({ id: 'NewPurchase' });
export const newPurchaseQuote = z.strictObject({ credits: positiveAmount, orderFormId: id.optional() }).meta({ id: 'NewPurchaseQuote' });
export const newGrant = z
  .strictObject({
    kind: z.enum(['trial', 'promotional']),
    credits: positiveAmount,
    validThrough: date.optional().meta({ description: 'Last calendar day of validity, included; absent: the whole Term.' }),
    reason: prose(500, 'Why; without personal data.'),
  })
  .meta({ id: 'NewGrant' });
export const newReversal = z
  .strictObject({ share: shareText.optional().meta({ description: 'Share of the usage to give back; absent: all that is left.' }), reason: prose(500, 'Why; without personal data.') })
  .meta({ id: 'NewReversal' });
export const newAttestation = z
  .strictObject({
    deliveredOn: date.meta({ description: "Day of delivery by the licensee's calendar: from the announcement to today." }),
    document: z.strictObject({ reference: prose(200, 'Of the document that shows the delivery; without personal data.'), sha256: sha256Text }),
  })
  .meta({ id: 'NewAttestation' });
export const noFields = z.strictObject({}).optional().meta({ id: 'NoFields' });

export const newApiKey = z
  .strictObject({
    label: prose(100, 'What it is for; no personal data.'),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).refine((scopes) => new Set(scopes).size === scopes.length, 'A scope is named once.'),
    accountId: id.optional(),
    expiresAt: instant.optional(),
    rateLimit: wholeNumber(1_000_000, 'Requests per window of the deployment; for operators to set. Absent: as many as any key.').optional(),
  })
  .meta({ id: 'NewApiKeyRequest' });
export const keyRotation = z
  .strictObject({
    overlapSeconds: integerText(604_800, 'For so long the old key passes beside the new one: 0 to 7 days, one day unless said otherwise.').optional(),
    expiresAt: instant.optional().meta({ description: 'End of the new key; absent: it gets as long a life as the old one was given.' }),
  })
  .meta({ id: 'KeyRotation' });
export const clockAdvance = z
  .strictObject({ to: instant.optional(), byDays: integerText(36_500, 'Days of 24 hours.').optional() })
  .refine(({ to, byDays }) => (to === undefined) !== (byDays === undefined), 'Name either the instant to advance to, or the days to advance by.')
  .meta({ id: 'ClockAdvance' });

const limit = wholeNumber(200, 'Items of one page, 1 to 200 (default 50).').optional();
const cursor = z.string().max(100).optional().meta({ description: 'nextCursor of the page before.' });
const seqText = wholeNumber(Number.MAX_SAFE_INTEGER, 'Number of an entry.');
export const balanceQuery = z
  .strictObject({ seq: seqText.optional(), at: instant.optional() })
  .refine(({ seq, at }) => seq === undefined || at === undefined, 'Ask by seq or by instant, not by both.');
export const lotsQuery = z.strictObject({ cursor, limit, open: z.enum(['true', 'false']).optional() });
export const entriesQuery = z.strictObject({
  cursor,
  limit,
  order: z.enum(['newest', 'oldest']).optional().meta({ description: 'newest (default) or oldest first.' }),
  idempotencyKey: z.string().min(1).max(255).optional().meta({ description: 'The one entry that was booked under this key.' }),
  feature: name.optional(),
  type: z.enum(ENTRY_TYPES).optional(),
  holdId: id.optional().meta({ description: 'Entries that placed, extended, captured, released or ended this hold.' }),
  from: instant.optional().meta({ description: 'Recorded at or after it.' }),
  until: instant.optional().meta({ description: 'Recorded before it.' }),
});
export const accountsQuery = z.strictObject({
  search: z.string().min(1).max(100).optional().meta({ description: 'In the id of the account, in the name of its licensee, or in the number of an order form; or the whole id of the licensee.' }),
  cursor: id.optional().meta({ description: 'nextCursor of the page before.' }),
});
export const apiKeysQuery = z.strictObject({ accountId: id.optional() });

/** For documentation; `debit-reader` reads these, because a bulk has a thousand of them. A test holds the two together. */
const debitFields = {
  mode: z.enum(['authorize', 'record']).optional().meta({ description: 'authorize (default): all or nothing. record: for work already done.' }),
  feature: name,
  usage: z.record(name, nonNegativeAmount).meta({ description: 'Quantity per meter, 1 to 20 meters.' }),
  occurredAt: instant.optional(),
  endUser: prose(200, 'Id of the end user; kept only as a keyed pseudonym.').optional(),
  metadata: z.record(z.string(), z.string()).optional().meta({ description: 'At most 4 kB, without personal data.' }),
};
const idempotencyKey = z.string().meta({ description: '1 to 255 visible ASCII characters, not beginning with "sys:".' });
export const newDebit = z.strictObject(debitFields).meta({ id: 'NewDebit' });
export const newDebits = z
  .strictObject({ items: z.array(z.strictObject({ idempotencyKey, ...debitFields })).min(1).max(1_000) })
  .meta({ id: 'NewDebits' });
export const newDebitsOfAccounts = z
  .strictObject({ items: z.array(z.strictObject({ accountId: id, idempotencyKey, ...debitFields })).min(1).max(1_000) })
  .meta({ id: 'NewDebitsOfAccounts' });

function distinct<Field extends string>(field: Field) {
  return (items: readonly Readonly<Record<Field, string>>[]): boolean => new Set(items.map((item) => item[field])).size === items.length;
}
