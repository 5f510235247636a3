import { z } from 'zod';
import { date, prose } from './values.js';

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
