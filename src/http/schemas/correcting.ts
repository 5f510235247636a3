import { z } from 'zod';
import { CLAIMANTS, DISPUTE_OUTCOMES, UNFUNDED_STATES } from '../../domain/corrections.js';
import { isMoney } from '../../domain/money.js';
import { ACT_KINDS } from '../../postgres/catalogue/pending-acts.js';
import { currency, date, id, name, nonNegativeAmount, positiveAmount, prose, sha256Text, wholeNumber } from './values.js';

const credits = z.string().meta({ description: 'Credits, 9 fractional digits.' });
const day = z.string().meta({ format: 'date' });
const instant = z.string().meta({ format: 'date-time' });
const seq = z.int().positive();
const reason = prose(500, 'Why; without personal data.');
const reference = prose(200, 'Of the document or case; without personal data.');
const lotId = wholeNumber(Number.MAX_SAFE_INTEGER, 'Number of a lot: the seq of the entry that issued it.');

export const newAdjustment = z
  .strictObject({
    credits: positiveAmount,
    takeFromLot: lotId.optional().meta({ description: 'Takes from this lot, which was granted or adjusted before; absent: gives a lot.' }),
    reason,
  })
  .meta({ id: 'NewAdjustment' });

const ground = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('agreement'), clause: prose(100, 'Clause of the Agreement that provides for it.') }),
  z.strictObject({ kind: z.literal('law'), reference: prose(200, 'The law that requires it.') }),
]);
export const newRefund = z
  .strictObject({
    ground: ground.optional().meta({ description: 'Without one a purchase is final (P4).' }),
    outgoingPayment: z
      .strictObject({ reference, amount: z.string().max(30), currency })
      .refine((payment) => isMoney(payment.amount, payment.currency), { path: ['amount'], error: "Money at its currency's own scale.", params: { code: 'invalid-amount' } }),
    creditNote: prose(100, 'Number of the credit note.'),
  })
  .meta({ id: 'NewRefund' });

export const newTransfer = z
  .strictObject({
    credits: positiveAmount.optional().meta({ description: 'Absent: all that is available of the lot.' }),
    toAccountId: id,
    consent: z
      .strictObject({ reference, date, sha256: sha256Text })
      .optional()
      .meta({ description: "Kaltura's prior written consent; without it credits are non-transferable (P7)." }),
  })
  .meta({ id: 'NewTransfer' });

export const frozenCredits = z
  .strictObject({ credits: positiveAmount.optional().meta({ description: 'Absent: as many as there are.' }), reason, reference })
  .meta({ id: 'FrozenCredits' });

export const settlementQuery = z.strictObject({ lotId });
export const newSettlement = z
  .strictObject({ lotId, credits: nonNegativeAmount.meta({ description: 'As the quote showed them: other credits are refused.' }) })
  .meta({ id: 'NewSettlement' });
export const newWaiver = z.strictObject({ reason }).meta({ id: 'NewWaiver' });

export const newDispute = z
  .strictObject({
    disputeId: id,
    seq: wholeNumber(Number.MAX_SAFE_INTEGER, 'Number of the disputed entry.'),
    claimant: z.enum(CLAIMANTS),
    awareOn: date.meta({ description: 'Calendar day on which the claimant became aware.' }),
    noticeOn: date.meta({ description: 'Calendar day on which the written notice was received.' }),
    reference,
  })
  .meta({ id: 'NewDispute' });
export const disputeOutcome = z.strictObject({ outcome: z.enum(DISPUTE_OUTCOMES), reason }).meta({ id: 'DisputeOutcome' });

export const unfundedQuery = z.strictObject({
  state: z.enum(UNFUNDED_STATES).optional(),
  feature: name.optional(),
  from: date.optional().meta({ description: 'First accounting date.' }),
  through: date.optional().meta({ description: 'Last accounting date, included.' }),
});
export const actsQuery = z.strictObject({
  accountId: id.optional(),
  state: z.enum(['pending']).optional().meta({ description: 'Only those that wait for another operator.' }),
});

export const actAnswer = z
  .strictObject({
    actId: z.string(),
    accountId: z.string(),
    kind: z.enum(ACT_KINDS),
    request: z.record(z.string(), z.unknown()),
    state: z.enum(['pending', 'confirmed', 'carried-out', 'expired', 'declined']),
    requestedBy: z.string(),
    requestedAt: instant,
    expiresAt: instant,
    confirmedBy: z.string().nullable(),
    confirmedAt: instant.nullable(),
    seq: seq.nullable().meta({ description: 'The entry that carried it out.' }),
    declined: z.strictObject({ by: z.string(), at: instant, reason: z.string() }).nullable(),
  })
  .meta({ id: 'PendingAct', description: 'Asked for by one operator; another one confirms.' });
export const actsAnswer = z.strictObject({ items: z.array(actAnswer) }).meta({ id: 'PendingActs' });

const unfundedAnswer = z
  .strictObject({
    seq: seq.meta({ description: 'The debit or capture that recorded it.' }),
    feature: z.string(),
    occurredAt: instant,
    accountingDate: day,
    usage: z.record(z.string(), z.string()),
    share: z.string(),
    credits: credits.meta({ description: 'What it would have cost at the rates of its day.' }),
    openCredits: credits.meta({ description: 'Of these, what nobody settled, waived or reversed. A record, never a debt.' }),
    state: z.enum(UNFUNDED_STATES),
    endedBy: seq.nullable(),
  })
  .meta({ id: 'UnfundedUsage' });
export const unfundedUsageAnswer = z.strictObject({ items: z.array(unfundedAnswer) }).meta({ id: 'UnfundedUsageList' });
export const unfundedReportAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({ month: z.string(), feature: z.string(), state: z.enum(UNFUNDED_STATES), actions: z.int(), credits, openCredits: credits }),
    ),
  })
  .meta({ id: 'UnfundedUsageReport' });
export const settlementQuoteAnswer = z
  .strictObject({ seq, lotId: z.int(), rateVersion: z.string(), share: z.string(), credits, unfunded: credits })
  .meta({ id: 'SettlementQuote', description: 'Nothing is booked. Confirm it with these credits.' });

const disputeAnswer = z
  .strictObject({
    disputeId: z.string(),
    seq,
    claimant: z.enum(CLAIMANTS),
    awareOn: day,
    noticeOn: day,
    noticeInTime: z.boolean().meta({ description: 'Within ten days of becoming aware (s.7).' }),
    reference: z.string(),
    openedAt: instant,
    outcome: z.enum(DISPUTE_OUTCOMES).nullable(),
    closedBy: seq.nullable(),
  })
  .meta({ id: 'Dispute' });
export const disputesAnswer = z.strictObject({ items: z.array(disputeAnswer) }).meta({ id: 'Disputes' });

const transferAnswer = z
  .strictObject({
    direction: z.enum(['out', 'in']),
    seq,
    otherAccountId: z.string(),
    credits,
    whole: z.boolean().meta({ description: 'False: half of it is missing, which is a break. The same request completes it.' }),
  })
  .meta({ id: 'Transfer' });
export const transfersAnswer = z.strictObject({ items: z.array(transferAnswer) }).meta({ id: 'Transfers' });
