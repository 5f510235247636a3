import { z } from 'zod';
import { BUCKETS } from '../../domain/lot.js';
import { entryAnswer, lotAnswer, purchaseAnswer } from './answers.js';

const arithmetic = z
  .strictObject({
    feature: z.string().meta({ description: 'The name by which these rates know it.' }),
    meters: z.array(
      z.strictObject({
        meter: z.string(),
        quantity: z.string(),
        unit: z.string().nullable(),
        minimum: z.string().nullable(),
        increment: z.string().nullable(),
        billed: z.string().meta({ description: 'Raised to the minimum, then rounded up to a multiple of the increment.' }),
        creditsPerUnit: z.string().nullable().meta({ description: 'Null: these rates do not know the meter, so it costs nothing under them.' }),
        cost: z.string(),
      }),
    ),
    cost: z.string().meta({ description: 'Cost of the whole action under these rates, exact; of a part of a streamed one, what it adds to the cost so far.' }),
    dueBefore: z.string().nullable().meta({ description: 'What was due for the usage before this part; null: the action is in one piece.' }),
    share: z.string(),
    product: z.string().meta({ description: 'share x cost, exact.' }),
    credits: z.string().meta({ description: 'The product, rounded half-even to 9 places.' }),
  })
  .meta({ id: 'Arithmetic' });

const ratesFixedBy = z
  .strictObject({
    by: z.enum(['order-form', 'notice', 'rate-card']).meta({
      description: 'order-form: named in it from the start. notice: a change that was announced. rate-card: a feature that the lot’s own version does not know.',
    }),
    rateVersion: z.string(),
    contentHash: z.string().nullable(),
    effectiveDate: z.string().nullable(),
    orderFormId: z.string().nullable(),
    notice: z
      .strictObject({ noticeId: z.string(), announcedOn: z.string(), deliveredOn: z.string().nullable(), reachesPurchasesFrom: z.string().nullable() })
      .nullable(),
  })
  .meta({ id: 'RatesFixedBy' });

const part = { share: z.string(), rateVersion: z.string(), arithmetic: arithmetic.nullable(), ratesFixedBy };

export const explanationAnswer = z
  .strictObject({
    entry: entryAnswer,
    clauses: z.array(z.strictObject({ clause: z.string(), rule: z.string() })),
    usage: z
      .strictObject({
        feature: z.string().nullable(),
        billing: z.string(),
        mode: z.string(),
        quantities: z.record(z.string(), z.string()),
        wouldCost: z.string().nullable(),
      })
      .nullable(),
    legs: z.array(
      z.strictObject({
        line: z.int(),
        lotId: z.int(),
        from: z.enum(BUCKETS),
        to: z.enum(BUCKETS),
        credits: z.string(),
        rateVersion: z.string().nullable(),
        arithmetic: arithmetic.nullable(),
        ratesFixedBy: ratesFixedBy.nullable(),
      }),
    ),
    unfunded: z.strictObject({ credits: z.string(), ...part }).nullable(),
    free: z.strictObject(part).nullable(),
    lots: z.array(lotAnswer),
    purchases: z.array(purchaseAnswer),
    governingOrderFormId: z.string().nullable(),
    orderForms: z.array(
      z.strictObject({
        orderFormId: z.string(),
        seq: z.int(),
        number: z.string(),
        signedAt: z.string(),
        termStart: z.string(),
        termEnd: z.string(),
        rateCardId: z.string(),
        rateVersion: z.string(),
        features: z.array(z.record(z.string(), z.unknown())),
        addendumVersion: z.string(),
        addendumHash: z.string(),
        documentHash: z.string(),
      }),
    ),
    cites: entryAnswer.nullable(),
  })
  .meta({ id: 'Explanation' });
