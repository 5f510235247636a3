import type { DataSource } from 'typeorm';
import { breakId, transactionReference, type BreakKind } from '../domain/break.js';
import { canonicalJson } from '../domain/canonical-json.js';
import { amount } from '../domain/credits.js';
import { refusal, refuse, type ErrorCode } from '../domain/errors.js';
import { shortDigest } from '../domain/hash-chain.js';
import { formatMoney } from '../domain/money.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { openBreak } from '../postgres/catalogue/breaks.js';
import { readBookedReversal, readReversalReceipts, takeReversalReceipt, type ReversalReceipt } from '../postgres/catalogue/receipts.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readEntry } from '../postgres/reads/entries.js';
import { readPayment, type RecordedPayment } from '../postgres/reads/purchases.js';
import { isOwnKey, type Requester } from './keyed-request.js';
import { MAX_LEAD_MS, type MoneyOutcome } from './payment-outcome.js';

export interface ReversalReport {
  readonly provider: string;
  readonly providerPaymentId: string;
  /** The provider's own id of the reversal. */
  readonly reversalId: string;
  /** At the currency's own scale. */
  readonly amount: string;
  readonly currency: string;
  /** Milliseconds; null: now. */
  readonly reversedAt: number | null;
  readonly reason: string;
}

export type ReversalOutcome = MoneyOutcome<ReversalReceipt>;

/** Refusals with which money that is gone all the same becomes a break. */
const UNBOOKABLE: ReadonlySet<ErrorCode> = new Set(['account-closed', 'currency-mismatch', 'reversal-exceeds-payment']);

/** SPEC 7: records money that the bank took back, and freezes at most the credits that it had bought. */
export class ReversePayment {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
  ) {}

  async run(report: ReversalReport, requester: Requester): Promise<ReversalOutcome> {
    const { now } = await readBusinessTime(this.database);
    if (report.reversedAt !== null && report.reversedAt > now + MAX_LEAD_MS) {
      refuse('invalid-request', 'reversedAt lies in the future.', { pointer: '/reversedAt' });
    }
    const asked = { ...report, reversedAt: report.reversedAt === null ? null : String(report.reversedAt) };
    const fingerprint = shortDigest(canonicalJson(['payment-reversal', asked]));
    const keyDigest = shortDigest(requester.idempotencyKey);
    const receipt = await takeReversalReceipt(this.database, {
      ...report,
      amount: amount(report.amount),
      reversedAt: report.reversedAt ?? now,
      reportedBy: requester.actor,
      reportedAt: now,
      keyDigest,
      fingerprint,
    });
    if (receipt.keyDigest === keyDigest && receipt.fingerprint !== fingerprint && !isOwnKey(requester)) {
      return { kind: 'refused', refusal: refusal('idempotency-key-reused', 'This idempotency key belongs to another request.') };
    }
    const same = receipt.amount.eq(report.amount) && receipt.currency === report.currency && receipt.providerPaymentId === report.providerPaymentId;
    return same ? this.book(receipt, now) : this.conflict(receipt, report, now);
  }

  /** What was reported before the payment that it belongs to was booked. */
  async bookReportedOf(provider: string, providerPaymentId: string): Promise<void> {
    const receipts = await readReversalReceipts(this.database, provider, providerPaymentId);
    if (receipts.length === 0) return;
    const { now } = await readBusinessTime(this.database);
    for (const receipt of receipts) await this.book(receipt, now);
  }

  private async book(receipt: ReversalReceipt, now: number): Promise<ReversalOutcome> {
    const before = await this.booked(receipt);
    if (before !== null) return before;
    const payment = await readPayment(this.database, receipt.provider, receipt.providerPaymentId);
    if (payment === null) return this.found(receipt, null, 'reversal-unbooked', now);
    const verdict = await this.execute(receipt, payment);
    if (verdict.ok) return { kind: 'booked', entry: verdict.entry, replayed: verdict.replayed };
    if (UNBOOKABLE.has(verdict.refusal.code)) return this.found(receipt, payment.accountId, 'reversal-unbooked', now);
    const other = verdict.refusal.code === 'reversal-conflict' ? await this.booked(receipt) : null;
    return other ?? { kind: 'refused', refusal: verdict.refusal };
  }

  /** Under a key of the reversal's own, whoever reported it: it is booked once. */
  private execute(receipt: ReversalReceipt, { accountId }: RecordedPayment): Promise<Verdict> {
    const { provider, providerPaymentId, reversalId, currency, reversedAt, reason } = receipt;
    return this.ledger.execute({
      type: 'reverse-payment',
      accountId,
      actor: receipt.reportedBy,
      keyDigest: shortDigest(`sys:reversal:${transactionReference(provider, reversalId)}`),
      fingerprint: receipt.fingerprint,
      provider,
      providerPaymentId,
      reversalId,
      amount: receipt.amount,
      currency,
      reversedAt,
      reason,
    });
  }

  private async booked({ provider, reversalId }: ReversalReceipt): Promise<ReversalOutcome | null> {
    const booked = await readBookedReversal(this.database, provider, reversalId);
    if (booked === null) return null;
    const entry = await readEntry(this.database, booked.accountId, booked.seq);
    if (entry === null) throw new Error(`the entry of reversal ${provider} ${reversalId} is missing`);
    return { kind: 'booked', entry, replayed: true };
  }

  private async found(receipt: ReversalReceipt, accountId: string | null, kind: BreakKind, now: number): Promise<ReversalOutcome> {
    const { provider, providerPaymentId, reversalId, amount: money, currency } = receipt;
    const id = await openBreak(
      this.database,
      accountId,
      {
        kind,
        reference: transactionReference(provider, reversalId),
        money: { amount: money, currency },
        credits: null,
        evidence: { provider, providerPaymentId, reversalId },
      },
      now,
    );
    return { kind: 'recorded', receipt, found: { breakId: id, kind }, replayed: false };
  }

  private async conflict(receipt: ReversalReceipt, report: ReversalReport, now: number): Promise<ReversalOutcome> {
    const { provider, reversalId, providerPaymentId } = receipt;
    const kind = 'reversal-conflict';
    const reported = formatMoney(amount(report.amount), report.currency);
    const reference = JSON.stringify([provider, reversalId, report.providerPaymentId, reported, report.currency]);
    await openBreak(
      this.database,
      null,
      {
        kind,
        reference,
        money: { amount: amount(report.amount), currency: report.currency },
        credits: null,
        evidence: {
          onRecord: formatMoney(receipt.amount, receipt.currency),
          onRecordCurrency: receipt.currency,
          onRecordPaymentId: providerPaymentId,
          provider,
          reported,
          reportedCurrency: report.currency,
          reportedPaymentId: report.providerPaymentId,
          reversalId,
        },
      },
      now,
    );
    return {
      kind: 'refused',
      refusal: refusal('reversal-conflict', 'This reversal is on record with other content. One of the two reports is wrong.', {
        data: { breakId: breakId({ kind, reference }) },
      }),
    };
  }
}
