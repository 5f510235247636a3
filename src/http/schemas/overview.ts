import { z } from 'zod';
import { BILLING_MODES } from '../../domain/contract.js';
import { ACCOUNT_STATUSES } from '../../domain/standing.js';
import { balanceAnswer } from './answers.js';
import { date, wholeNumber } from './values.js';

/** What the first page of the web account shows. */
const credits = z.string().meta({ description: 'Credits, 9 fractional digits.' });
const instant = z.string().meta({ format: 'date-time' });
const day = z.string().meta({ format: 'date' });

export const overviewAnswer = z
  .strictObject({
    accountId: z.string(),
    licensee: z.strictObject({ licenseeId: z.string(), legalName: z.string() }),
    businessTime: instant,
    timeZone: z.string().meta({ description: 'In which its calendar days are counted.' }),
    today: day,
    seq: z.int(),
    status: z.enum(ACCOUNT_STATUSES),
    reasons: z.array(z.string()),
    since: instant.nullable().meta({ description: 'When the status last changed.' }),
    suspension: z.strictObject({ reason: z.string(), reference: z.string() }).nullable().meta({ description: "An operator's, which only operators end." }),
    suspendAtBalance: credits.nullable(),
    balance: balanceAnswer,
    term: z
      .strictObject({
        from: day,
        through: day.meta({ description: 'Its last day, included.' }),
        state: z.enum(['to-come', 'running', 'grace', 'lapsed']),
        daysLeft: z.int().meta({ description: 'Calendar days after today; 0: today is the last, or it is over.' }),
        lapsesAt: instant.meta({ description: 'When what is left lapses, unless the Term is extended.' }),
        consumed: credits.meta({ description: 'In this Term: debits, captures and settlements, less reversals.' }),
      })
      .nullable(),
    features: z.array(z.strictObject({ feature: z.string(), mode: z.enum(BILLING_MODES) })),
    runway: z
      .strictObject({
        leastDays: z.int(),
        mostDays: z.int(),
        leastUntil: day,
        mostUntil: day,
        paces: z.array(z.strictObject({ days: z.int(), perDay: credits })).meta({ description: 'Mean use a day over so many whole days before today.' }),
      })
      .nullable()
      .meta({ description: 'The balance divided by the mean daily use of the last 7 and of the last 28 days. Null: nothing was used.' }),
    buys: z
      .array(
        z.strictObject({
          feature: z.string(),
          meter: z.string(),
          unit: z.string(),
          quantity: z.string().nullable().meta({ description: 'Null: it costs nothing.' }),
          rateVersions: z.array(z.string()),
        }),
      )
      .meta({ description: 'What all that is available buys of one meter, if nothing else is used. About: no minimum, no increment.' }),
  })
  .meta({ id: 'Overview' });

export const burnQuery = z
  .strictObject({
    from: date.optional(),
    through: date.optional(),
    days: wholeNumber(400, 'So many days, of which today is the last.').optional().meta({ description: 'In place of both dates: so many days, of which today is the last, in the calendar of the account.' }),
  })
  .refine(({ from, through, days }) => (days === undefined) === (from !== undefined && through !== undefined) && (from === undefined) === (through === undefined), {
    error: 'Ask for two dates, or for a number of days.',
  });
export const burnAnswer = z
  .strictObject({
    from: day,
    through: day,
    total: credits,
    features: z.array(z.strictObject({ feature: z.string(), credits, unfunded: credits, actions: z.int() })).meta({ description: 'Most used first.' }),
    days: z
      .array(z.strictObject({ day, credits, features: z.array(z.strictObject({ feature: z.string(), credits, actions: z.int() })) }))
      .meta({ description: 'Every day of the period, by accounting date.' }),
  })
  .meta({ id: 'Burn', description: 'Credits consumed: debits, captures and settlements, less what reversals gave back.' });
