import { z } from 'zod';
import { COLUMNS } from '../../domain/books/lot-books.js';
import { STATEMENT_LINES } from '../../domain/books/statement.js';
import { LOT_KINDS } from '../../domain/lot.js';
import { date, id, month, prose } from './values.js';

const instant = z.string().meta({ format: 'date-time' });
const day = z.string().meta({ format: 'date' });
const seq = z.int().positive();

export const newPeriodClosing = z
  .strictObject({ through: date.meta({ description: 'Last day of the period, over in the calendar of the account.' }) })
  .meta({ id: 'NewPeriodClosing' });
export const newPeriodReopening = z
  .strictObject({
    through: date.meta({ description: 'Last day of the period; those after it are reopened as well.' }),
    reason: prose(500, 'Why; without personal data.'),
  })
  .meta({ id: 'NewPeriodReopening' });

const periodAnswer = z
  .strictObject({
    from: day.nullable().meta({ description: 'First day; null: no order form was signed, so that no Term has begun.' }),
    through: day.nullable().meta({ description: 'Last day; null: it is open.' }),
    state: z.enum(['closed', 'open']),
    closedSeq: seq.nullable(),
    closedAt: instant.nullable(),
  })
  .meta({ id: 'AccountingPeriod' });
export const periodsAnswer = z.strictObject({ items: z.array(periodAnswer) }).meta({ id: 'AccountingPeriods' });
export const closedBooksAnswer = z
  .strictObject({
    through: day,
    closed: z.int().nonnegative().meta({ description: 'Accounts whose period was closed, now or under the same key before.' }),
    left: z.record(z.string(), z.int().positive()).meta({ description: 'Accounts that were left as they are, by the code that says why.' }),
  })
  .meta({ id: 'ClosedBooks' });

export const statementQuery = z.strictObject({
  format: z.enum(['json', 'csv', 'xlsx', 'pdf']).optional().meta({ description: '`json` unless said otherwise.' }),
});

const credits = z.string().meta({ description: 'Credits, 9 fractional digits; below zero where they went.' });
const money = z.string().meta({ description: "Money at the currency's own scale, exclusive of tax." });
const lines = z.strictObject(Object.fromEntries(STATEMENT_LINES.map((line) => [line, z.string()])) as Record<(typeof STATEMENT_LINES)[number], z.ZodString>).meta({
  id: 'StatementLines',
  description: 'Opening and all lines but closing come to closing. Balance is what is available and held; frozen credits stand beside it.',
});
const rate = z.strictObject({ meter: z.string(), unit: z.string(), creditsPerUnit: z.string(), increment: z.string().optional(), minimum: z.string().optional() });
export const statementAnswer = z
  .strictObject({
    statementVersion: z.literal('1'),
    accountId: z.string(),
    licensee: z.strictObject({ licenseeId: z.string(), legalName: z.string() }),
    period: z.strictObject({
      from: day,
      through: day.nullable(),
      timeZone: z.string(),
      state: z.enum(['closed', 'open']),
      seq: seq.meta({ description: 'The newest entry that it looks at; of a closed period, the one that closed it.' }),
    }),
    credits: lines,
    money: z.array(z.strictObject({ currency: z.string(), lines })).meta({ description: 'What was paid for the credits, at the price of each lot.' }),
    features: z.array(
      z.strictObject({
        feature: z.string(),
        actions: z.int().nonnegative().meta({ description: 'Actions booked, those that cost nothing included.' }),
        credits,
        money: z.array(z.strictObject({ currency: z.string(), amount: money })),
      }),
    ),
    purchases: z.array(
      z.strictObject({ purchaseId: z.string(), lotId: seq, allocatedOn: day, credits, unitPrice: z.string(), currency: z.string(), price: money }),
    ),
    lots: z.array(
      z.strictObject({
        lotId: seq,
        kind: z.enum(LOT_KINDS),
        allocatedAt: instant,
        validUntil: instant.nullable(),
        rateVersion: z.string(),
        unitPrice: z.string().nullable(),
        currency: z.string().nullable(),
        lines,
        held: credits.meta({ description: 'Of the closing credits, those that running work holds.' }),
        frozen: credits.meta({ description: 'Beside the closing credits: set aside in a dispute of the payment.' }),
        money: lines.nullable(),
      }),
    ),
    unfunded: credits.meta({ description: 'Usage of the period that no credit was there for: a record, never a debt (P6).' }),
    lateEntries: z.int().nonnegative().meta({ description: 'Entries that belong to a closed period by their event, and were booked to this one.' }),
    rates: z.array(z.strictObject({ rateVersion: z.string(), effectiveDate: day, features: z.array(z.strictObject({ feature: z.string(), predecessor: z.string().optional(), rates: z.array(rate) })) })),
  })
  .meta({ id: 'Statement' });

export const rollForwardQuery = z.strictObject({
  accountId: id.optional().meta({ description: 'Absent: all accounts.' }),
  from: month.optional(),
  through: month.optional(),
  format: z.enum(['json', 'csv', 'xlsx']).optional().meta({ description: '`json` unless said otherwise.' }),
});
const figures = z
  .strictObject(Object.fromEntries(['opening', ...COLUMNS, 'closing'].map((column) => [column, z.string()])) as Record<'opening' | (typeof COLUMNS)[number] | 'closing', z.ZodString>)
  .meta({ id: 'RollForwardFigures' });
export const rollForwardAnswer = z
  .strictObject({
    rows: z.array(
      z.strictObject({
        month: z.string().meta({ description: 'Of the accounting dates, YYYY-MM.' }),
        currency: z.string().nullable().meta({ description: 'Null: credits that nobody paid for.' }),
        credits: figures,
        money: figures.nullable().meta({ description: 'Deferred revenue, exclusive of tax.' }),
      }),
    ),
    differences: z
      .array(z.strictObject({ currency: z.string().nullable(), credits, money }))
      .meta({ description: 'What the last closing differs from the sum over all lots by: zero, or the books are wrong.' }),
  })
  .meta({ id: 'RollForward' });
