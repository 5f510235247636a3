import type { DataSource } from 'typeorm';
import { transactionReference } from '../domain/break.js';
import { amount } from '../domain/credits.js';
import type { Refusal } from '../domain/errors.js';
import { openBreak } from '../postgres/catalogue/breaks.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readPayment } from '../postgres/reads/purchases.js';
import type { RecordPayment } from './record-payment.js';
import type { ReversePayment } from './reverse-payment.js';
import { readStripeEvent, type StripeEvent, type StripeReport } from './stripe-event.js';

export type StripeOutcome = 'booked' | 'recorded' | 'repeated' | 'ignored' | Refusal;

const ACTOR = 'provider:stripe';

/** Takes what a payment provider reports about money. Replayed and out-of-order deliveries do no harm. */
export class TakeStripeEvent {
  constructor(
    private readonly database: DataSource,
    private readonly recordPayment: RecordPayment,
    private readonly reversePayment: ReversePayment,
  ) {}

  async run(event: StripeEvent): Promise<StripeOutcome> {
    const told = readStripeEvent(event);
    switch (told.kind) {
      case 'payment': {
        const { provider, providerPaymentId, receivedAt } = told.report;
        const idempotencyKey = `sys:payment:${transactionReference(provider, providerPaymentId)}`;
        const report = { ...told.report, receivedAt: await this.inBusinessTime(receivedAt) };
        return outcomeOf(await this.recordPayment.run(report, { actor: ACTOR, idempotencyKey }));
      }
      case 'reversal': {
        const { provider, reversalId, reversedAt } = told.report;
        const idempotencyKey = `sys:reversal-report:${transactionReference(provider, reversalId)}`;
        const report = { ...told.report, reversedAt: await this.inBusinessTime(reversedAt) };
        return outcomeOf(await this.reversePayment.run(report, { actor: ACTOR, idempotencyKey }));
      }
      case 'undone':
        return this.undone(told);
      case 'nothing':
        return 'ignored';
    }
  }

  /** The provider knows nothing of a sandbox's clock; and its own may run ahead, while what it saw has happened by now. */
  private async inBusinessTime(instant: number | null): Promise<number | null> {
    if (instant === null) return null;
    const { now, offsetMs } = await readBusinessTime(this.database);
    return Math.min(instant + offsetMs, now);
  }

  /** Whether what was frozen is released is for finance. */
  private async undone({ providerPaymentId, reversalId, money }: Extract<StripeReport, { kind: 'undone' }>): Promise<StripeOutcome> {
    const { now } = await readBusinessTime(this.database);
    const payment = await readPayment(this.database, 'stripe', providerPaymentId);
    await openBreak(
      this.database,
      payment?.accountId ?? null,
      {
        kind: 'reversal-undone',
        reference: transactionReference('stripe', reversalId),
        money: { amount: amount(money.amount), currency: money.currency },
        credits: null,
        evidence: { provider: 'stripe', providerPaymentId, purchaseId: payment?.purchaseId ?? null, reversalId },
      },
      now,
    );
    return 'recorded';
  }
}

function outcomeOf(
  outcome: { readonly kind: 'booked' | 'recorded'; readonly replayed: boolean } | { readonly kind: 'refused'; readonly refusal: Refusal },
): StripeOutcome {
  if (outcome.kind === 'refused') return outcome.refusal;
  return outcome.replayed ? 'repeated' : outcome.kind;
}
