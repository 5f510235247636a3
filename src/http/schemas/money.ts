import { z } from 'zod';
import { BREAK_KINDS, BREAK_RESOLUTIONS } from '../../domain/break.js';
import { isMoney } from '../../domain/money.js';
import { REMITTANCE_OUTCOMES } from '../../operations/import-remittance.js';
import { entryAnswer } from './answers.js';
import { currency, date, decimalText, id, instant, name, prose } from './values.js';

/** What finance tells the service about money, and what it is told. */
const providerId = (description: string) => prose(200, description);
const reason = prose(500, 'Why; without personal data.');
const amountField = z.string().max(30).meta({ description: "Plain decimal > 0, with at most the currency's fractional digits." });

function moneyThere({ amount, currency: of }: { readonly amount: string; readonly currency: string }): boolean {
  return isMoney(amount, of) && /[1-9]/.test(amount);
}
const NOT_MONEY = {
  path: ['amount'],
  error: 'An amount of money is a string with a plain decimal above zero and no more fractional digits than its currency has.',
  params: { code: 'invalid-amount' },
};

export const newPayment = z
  .strictObject({
    accountId: id.optional().meta({ description: 'Absent: not known. The money is recorded, and matched by finance.' }),
    purchaseId: id.optional().meta({ description: 'Absent: not known.' }),
    provider: name,
    providerPaymentId: providerId("The provider's own transaction id."),
    amount: amountField,
    currency,
    receivedAt: instant.optional().meta({ description: 'Governs due dates and liability; absent: now.' }),
  })
  .refine(moneyThere, NOT_MONEY)
  .meta({ id: 'NewPayment' });
export const newPaymentReversal = z
  .strictObject({
    provider: name,
    providerPaymentId: providerId('Of the payment that the bank took back.'),
    reversalId: providerId("The provider's own id of the reversal."),
    amount: amountField.meta({ description: 'What was taken back of the payment.' }),
    currency,
    reversedAt: instant.optional(),
    reason,
  })
  .refine(moneyThere, NOT_MONEY)
  .meta({ id: 'NewPaymentReversal' });
export const newMatch = z
  .strictObject({ provider: name, providerPaymentId: providerId('As it was reported.'), accountId: id, purchaseId: id, reason })
  .meta({ id: 'NewMatch' });
export const newWithholding = z
  .strictObject({ amount: amountField, currency, certificate: prose(200, "The authority's certificate.") })
  .refine(moneyThere, NOT_MONEY)
  .meta({ id: 'NewWithholding' });
export const withReason = z.strictObject({ reason }).meta({ id: 'WithReason' });
export const newPrice = z
  .strictObject({ currency, unitPrice: decimalText(12, 'Price of one credit, exclusive of tax.').refine((price) => /[1-9]/.test(price), 'A price is above zero.'), effectiveDate: date })
  .meta({ id: 'NewPrice' });
export const newOwner = z.strictObject({ owner: prose(100, 'Who looks after it: a role or a team, no personal data.') }).meta({ id: 'NewOwner' });
export const newResolution = z.strictObject({ resolution: z.enum(BREAK_RESOLUTIONS), reason }).meta({ id: 'NewResolution' });
export const breaksQuery = z.strictObject({
  state: z.enum(['open', 'resolved']).optional(),
  kind: z.enum(BREAK_KINDS).optional(),
  accountId: id.optional(),
});
export const remittanceQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).optional().meta({ description: 'true: says what it would do, and writes nothing.' }) });
export const remittanceFile = z.string().meta({
  id: 'RemittanceFile',
  description:
    'CSV with a header: provider, providerPaymentId, amount, currency, receivedAt, and if they are known accountId and purchaseId. At most 2,000 payments and 1 MiB.',
});
export const liabilityQuery = z.strictObject({ before: instant.optional().meta({ description: 'The twelve months end here, excluded; absent: now.' }) });

const money = z.string().meta({ description: "Money at the currency's own scale." });
const day = z.string().meta({ format: 'date' });
const at = z.string().meta({ format: 'date-time', description: 'UTC, milliseconds.' });
const credits = z.string().meta({ description: 'Credits, 9 fractional digits.' });

export const purchaseQuoteAnswer = z
  .strictObject({
    quoteId: z.string(),
    orderFormId: z.string(),
    credits,
    unitPrice: z.string(),
    priceVersion: z.string().nullable(),
    currency: z.string(),
    price: money,
    tax: money,
    total: money.meta({ description: 'Price and tax.' }),
    cardId: z.string(),
    rateVersion: z.string(),
    quotedAt: at,
    expiresAt: at.meta({ description: 'From then on it is refused, never repriced; before it, where price or rates have changed.' }),
  })
  .meta({ id: 'PurchaseQuote' });
export const priceAnswer = z
  .strictObject({
    cardId: z.string(),
    currency: z.string(),
    version: z.int().positive(),
    priceVersion: z.string(),
    effectiveDate: day,
    unitPrice: z.string(),
    createdAt: at,
  })
  .meta({ id: 'Price' });
export const pricesAnswer = z.strictObject({ items: z.array(priceAnswer) }).meta({ id: 'Prices' });

const receiptAnswer = z
  .strictObject({
    provider: z.string(),
    providerPaymentId: z.string(),
    amount: money,
    currency: z.string(),
    receivedAt: at,
    accountId: z.string().nullable().meta({ description: 'As whoever reported it said.' }),
    purchaseId: z.string().nullable(),
  })
  .meta({ id: 'Receipt' });
export const receiptsAnswer = z.strictObject({ items: z.array(receiptAnswer) }).meta({ id: 'Receipts' });
const foundBreak = z.strictObject({ breakId: z.string(), kind: z.enum(BREAK_KINDS) });
export const recordedAnswer = z
  .strictObject({ receipt: receiptAnswer, break: foundBreak })
  .meta({ id: 'RecordedPayment', description: 'On record outside every account: nobody guesses what it is for.' });
export const reversalAnswer = z
  .strictObject({
    reversal: z.strictObject({
      purchaseId: z.string(),
      provider: z.string(),
      providerPaymentId: z.string(),
      reversalId: z.string(),
      amount: money,
      currency: z.string(),
      ofPrice: money.meta({ description: 'What of it had paid for the purchase.' }),
      disputed: credits.meta({ description: 'Credits that this money bought: at most these are frozen.' }),
      allocated: z.boolean(),
      reversedAt: at,
      reason: z.string(),
    }),
    breakId: z.string().nullable(),
    entry: entryAnswer,
  })
  .meta({ id: 'PaymentReversal' });
export const recordedReversalAnswer = z
  .strictObject({
    receipt: z.strictObject({
      provider: z.string(),
      providerPaymentId: z.string(),
      reversalId: z.string(),
      amount: money,
      currency: z.string(),
      reversedAt: at,
      reason: z.string(),
    }),
    break: foundBreak,
  })
  .meta({ id: 'RecordedReversal' });
export const completedAnswer = z
  .strictObject({ purchaseId: z.string(), lotId: z.int().positive().nullable(), entry: entryAnswer })
  .meta({ id: 'Completed', description: 'lotId: the lot that it allocated, if it completed the price.' });
export const voidedAnswer = z.strictObject({ purchaseId: z.string(), entry: entryAnswer }).meta({ id: 'Voided' });

export const breakAnswer = z
  .strictObject({
    breakId: z.string(),
    kind: z.enum(BREAK_KINDS),
    accountId: z.string().nullable(),
    seq: z.int().positive().nullable().meta({ description: 'The entry that shows it.' }),
    amount: money.nullable(),
    currency: z.string().nullable(),
    credits: credits.nullable(),
    evidence: z.record(z.string(), z.string().nullable()),
    owner: z.string(),
    openedAt: at,
    ageDays: z.int().nonnegative().meta({ description: 'Whole days of 24 hours for which it was open.' }),
    resolved: z.strictObject({ at, by: z.string(), resolution: z.enum(BREAK_RESOLUTIONS), reason: z.string() }).nullable(),
  })
  .meta({ id: 'Break' });
export const breaksAnswer = z.strictObject({ items: z.array(breakAnswer) }).meta({ id: 'Breaks' });

export const remittanceAnswer = z
  .strictObject({
    dryRun: z.boolean(),
    counts: z.partialRecord(z.enum(REMITTANCE_OUTCOMES), z.int().positive()),
    lines: z.array(
      z.strictObject({
        line: z.int().positive(),
        outcome: z.enum(REMITTANCE_OUTCOMES),
        accountId: z.string().nullable(),
        purchaseId: z.string().nullable(),
        providerPaymentId: z.string().nullable(),
        seq: z.int().positive().nullable(),
        breakId: z.string().nullable(),
        note: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'RemittanceReport' });
export const stripeEventBody = z.looseObject({ id: z.string(), type: z.string() }).meta({ id: 'StripeEvent', description: 'As the provider sends and signs it.' });
export const stripeOutcomeAnswer = z
  .strictObject({ outcome: z.enum(['booked', 'recorded', 'repeated', 'ignored', 'conflict']) })
  .meta({ id: 'StripeOutcome' });

export const liabilityAnswer = z
  .strictObject({
    accountId: z.string(),
    orderFormId: z.string(),
    from: at,
    before: at.meta({ description: 'Excluded.' }),
    currencies: z.array(
      z.strictObject({
        currency: z.string(),
        payments: z.int().positive(),
        gross: money.meta({ description: 'Received for purchases, tax included.' }),
        tax: money.meta({ description: 'The share of tax in gross.' }),
        reversed: money.meta({ description: 'What of gross the bank took back before that instant, tax included.' }),
        net: money.meta({ description: 'What is left, exclusive of tax.' }),
        excess: money.meta({ description: 'Received, but more than what was owed: not in gross.' }),
      }),
    ),
  })
  .meta({ id: 'Liability', description: 'Evidence (s.7), and not the cap.' });
