import type { DataSource } from 'typeorm';
import { breakId, transactionReference, type BreakKind } from '../domain/break.js';
import { amount, type Amount } from '../domain/credits.js';
import { canonicalJson } from '../domain/canonical-json.js';
import { refusal, refuse, type ErrorCode, type Refusal } from '../domain/errors.js';
import { shortDigest } from '../domain/hash-chain.js';
import { formatMoney } from '../domain/money.js';
import type { Ledger } from '../ledger/ledger.js';
import { openBreak, readBreaks } from '../postgres/catalogue/breaks.js';
import { readReversalReceipts, takePaymentReceipt, type PaymentReceipt } from '../postgres/catalogue/receipts.js';
import { accountExists } from '../postgres/reads/accounts.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readEntry } from '../postgres/reads/entries.js';
import { readPayment } from '../postgres/reads/purchases.js';
import { commandOrigin, isOwnKey, type Requester } from './keyed-request.js';
import { MAX_LEAD_MS, type MoneyOutcome } from './payment-outcome.js';
import type { ReversePayment } from './reverse-payment.js';

export interface PaymentReport {
  /** Null: whoever reports it does not know. */
  readonly accountId: string | null;
  readonly purchaseId: string | null;
  readonly provider: string;
  readonly providerPaymentId: string;
  /** At the currency's own scale. */
  readonly amount: string;
  readonly currency: string;
  /** Milliseconds; null: now. */
  readonly receivedAt: number | null;
}

export type PaymentOutcome = MoneyOutcome<PaymentReceipt>;

/** What a refusal of the account says of money that is there all the same: it is on record, and a break. */
export const BREAK_OF: Readonly<Partial<Record<ErrorCode, BreakKind>>> = {
  'account-closed': 'payment-account-closed',
  'account-not-found': 'payment-unknown-account',
  'currency-mismatch': 'payment-wrong-currency',
  'purchase-not-found': 'payment-unknown-purchase',
  'purchase-not-payable': 'payment-not-owed',
};
const UNBOOKED: ReadonlySet<BreakKind> = new Set([...Object.values(BREAK_OF), 'payment-reversed-unbooked']);

/**
 * P3: records money received, and allocates the credits of a purchase that it makes fully paid. The report comes first,
 * under the provider's own id; what the money is for is never guessed.
 */
export class RecordPayment {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly reversals: ReversePayment,
  ) {}

  async run(report: PaymentReport, requester: Requester): Promise<PaymentOutcome> {
    const { now } = await readBusinessTime(this.database);
    if (report.receivedAt !== null && report.receivedAt > now + MAX_LEAD_MS) {
      refuse('invalid-request', 'receivedAt lies in the future.', { pointer: '/receivedAt' });
    }
    const asked = { ...report, receivedAt: report.receivedAt === null ? null : String(report.receivedAt) };
    const fingerprint = shortDigest(canonicalJson(['payment', asked]));
    const keyDigest = shortDigest(requester.idempotencyKey);
    const receipt = await takePaymentReceipt(this.database, {
      ...report,
      amount: amount(report.amount),
      receivedAt: report.receivedAt ?? now,
      reportedBy: requester.actor,
      reportedAt: now,
      keyDigest,
      fingerprint,
    });
    const reused = receipt.keyDigest === keyDigest && receipt.fingerprint !== fingerprint;
    if (reused && !isOwnKey(requester)) return refused(keyReused());
    if (!receipt.amount.eq(report.amount) || receipt.currency !== report.currency) return this.conflict(receipt, report, now);
    if (receipt.accountId !== report.accountId || receipt.purchaseId !== report.purchaseId) return refused(otherPurpose(receipt));
    return this.book(receipt, requester, asked, now);
  }

  private async book(receipt: PaymentReceipt, requester: Requester, asked: Parameters<typeof commandOrigin>[3], now: number): Promise<PaymentOutcome> {
    const before = await this.booked(receipt);
    if (before !== null) return before;
    const { provider, providerPaymentId, accountId, purchaseId } = receipt;
    const known = await this.unbooked(receipt);
    if (known !== null) return known;
    // Reported in another order than it happened: what is gone again buys nothing.
    const takenBack = await readReversalReceipts(this.database, provider, providerPaymentId);
    if (takenBack.length > 0) return this.found(receipt, 'payment-reversed-unbooked', now);
    if (accountId === null) return this.found(receipt, 'payment-unknown-account', now);
    if (purchaseId === null) return this.found(receipt, (await accountExists(this.database, accountId)) ? 'payment-unknown-purchase' : 'payment-unknown-account', now);
    const verdict = await this.ledger.execute({
      type: 'record-payment',
      ...commandOrigin(requester, 'record-payment', accountId, asked),
      provider,
      providerPaymentId,
      purchaseId,
      amount: receipt.amount,
      currency: receipt.currency,
      receivedAt: receipt.receivedAt,
    });
    if (verdict.ok) {
      await this.reversals.bookReportedOf(provider, providerPaymentId);
      return { kind: 'booked', entry: verdict.entry, replayed: verdict.replayed };
    }
    const kind = BREAK_OF[verdict.refusal.code];
    if (kind !== undefined) return this.found(receipt, kind, now);
    // Somebody else reported the same at the same time, and was first.
    const other = verdict.refusal.code === 'payment-conflict' ? await this.booked(receipt) : null;
    return other ?? refused(verdict.refusal);
  }

  private async booked({ provider, providerPaymentId }: PaymentReceipt): Promise<PaymentOutcome | null> {
    const payment = await readPayment(this.database, provider, providerPaymentId);
    if (payment === null) return null;
    const entry = await readEntry(this.database, payment.accountId, payment.seq);
    if (entry === null) throw new Error(`the entry of payment ${provider} ${providerPaymentId} is missing`);
    return { kind: 'booked', entry, replayed: true };
  }

  /** The break that it was found to be the first time, also when somebody has resolved it. */
  private async unbooked(receipt: PaymentReceipt): Promise<PaymentOutcome | null> {
    const reference = transactionReference(receipt.provider, receipt.providerPaymentId);
    const found = (await readBreaks(this.database, { reference })).find(({ kind }) => UNBOOKED.has(kind));
    return found === undefined ? null : { kind: 'recorded', receipt, found, replayed: true };
  }

  private async found(receipt: PaymentReceipt, kind: BreakKind, now: number): Promise<PaymentOutcome> {
    const { provider, providerPaymentId, accountId, purchaseId, amount: money, currency } = receipt;
    const exists = accountId !== null && kind !== 'payment-unknown-account';
    const id = await openBreak(
      this.database,
      exists ? accountId : null,
      {
        kind,
        reference: transactionReference(provider, providerPaymentId),
        money: { amount: money, currency },
        credits: null,
        evidence: { accountId, provider, providerPaymentId, purchaseId },
      },
      now,
    );
    return { kind: 'recorded', receipt, found: { breakId: id, kind }, replayed: false };
  }

  /** The same transaction with other money: one of the two reports is wrong, and finance has to find out which. */
  private async conflict(receipt: PaymentReceipt, report: PaymentReport, now: number): Promise<PaymentOutcome> {
    const { provider, providerPaymentId } = receipt;
    const reported: Amount = amount(report.amount);
    const text = formatMoney(reported, report.currency);
    const kind = 'payment-conflict';
    const reference = JSON.stringify([provider, providerPaymentId, text, report.currency]);
    const onRecord = formatMoney(receipt.amount, receipt.currency);
    const exists = receipt.accountId !== null && (await accountExists(this.database, receipt.accountId));
    await openBreak(
      this.database,
      exists ? receipt.accountId : null,
      {
        kind,
        reference,
        money: { amount: reported, currency: report.currency },
        credits: null,
        evidence: { onRecord, onRecordCurrency: receipt.currency, provider, providerPaymentId, reported: text, reportedCurrency: report.currency },
      },
      now,
    );
    return refused(
      refusal('payment-conflict', 'This transaction is on record with another amount. One of the two reports is wrong.', {
        pointer: '/amount',
        data: { amount: onRecord, currency: receipt.currency, breakId: breakId({ kind, reference }) },
      }),
    );
  }
}

function refused(because: Refusal): PaymentOutcome {
  return { kind: 'refused', refusal: because };
}

function keyReused(): Refusal {
  return refusal('idempotency-key-reused', 'This idempotency key belongs to another request. Send the request under a key of its own.');
}

function otherPurpose({ accountId, purchaseId }: PaymentReceipt): Refusal {
  return refusal('payment-conflict', 'This transaction is on record for another purchase. Where nobody has booked it, finance can match it.', {
    pointer: '/purchaseId',
    data: { accountId, purchaseId },
  });
}
