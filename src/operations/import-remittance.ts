import type { DataSource } from 'typeorm';
import { transactionReference } from '../domain/break.js';
import { amount } from '../domain/credits.js';
import { shortDigest } from '../domain/hash-chain.js';
import { RefusedError, type Refusal } from '../domain/errors.js';
import { receive, type Received } from '../domain/paying.js';
import type { Purchase } from '../domain/purchase.js';
import type { Ledger } from '../ledger/ledger.js';
import { readPaymentReceipt } from '../postgres/catalogue/receipts.js';
import { accountExists } from '../postgres/reads/accounts.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { MAX_LEAD_MS } from './payment-outcome.js';
import { BREAK_OF, type PaymentReport, type RecordPayment } from './record-payment.js';
import { readRemittanceFile, type RemittanceLine } from './remittance-file.js';

export const REMITTANCE_OUTCOMES = ['booked', 'allocated', 'repeated', 'recorded', 'conflict', 'invalid', 'failed'] as const;
/**
 * `booked`: on the purchase; `allocated`: and that made it fully paid; `repeated`: on record already, nothing is done;
 * `recorded`: kept outside every account, with a break; `conflict`: on record with other content; `failed`: send it again.
 */
export type RemittanceOutcome = (typeof REMITTANCE_OUTCOMES)[number];

export interface RemittanceReportLine {
  readonly line: number;
  readonly outcome: RemittanceOutcome;
  readonly accountId: string | null;
  readonly purchaseId: string | null;
  readonly providerPaymentId: string | null;
  /** The entry that booked it. */
  readonly seq: number | null;
  readonly breakId: string | null;
  /** In words, or as a code: what is wrong with it. */
  readonly note: string | null;
}

/** A file of payments from the bank: every line under the provider's own id, so that a file that is sent twice books nothing twice. */
export class ImportRemittance {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly recordPayment: RecordPayment,
  ) {}

  /** One after another, in the order of the file. A line that fails lets the others pass. */
  async run(file: string, actor: string): Promise<RemittanceReportLine[]> {
    const report: RemittanceReportLine[] = [];
    for (const line of readRemittanceFile(file)) report.push(await this.take(line, actor));
    return report;
  }

  /** What `run` would do now, line for line, those before it in the file included. Nothing is written. */
  async dryRun(file: string): Promise<RemittanceReportLine[]> {
    const report: RemittanceReportLine[] = [];
    const expected: Expected = { purchases: new Map(), money: new Map() };
    for (const line of readRemittanceFile(file)) report.push(await this.expect(line, expected));
    return report;
  }

  private async take(line: RemittanceLine, actor: string): Promise<RemittanceReportLine> {
    const { report } = line;
    if (report === null) return answer(line, 'invalid', { note: line.problem });
    try {
      const requester = { actor, idempotencyKey: `sys:payment:${transactionReference(report.provider, report.providerPaymentId)}` };
      const outcome = await this.recordPayment.run(report, requester);
      if (outcome.kind === 'refused') return refusedAnswer(line, outcome.refusal);
      if (outcome.kind === 'recorded') {
        const { breakId, kind } = outcome.found;
        return answer(line, outcome.replayed ? 'repeated' : 'recorded', { breakId, note: kind });
      }
      const { entry, replayed } = outcome;
      const { allocated } = JSON.parse(entry.detail) as { readonly allocated: boolean };
      return answer(line, replayed ? 'repeated' : allocated ? 'allocated' : 'booked', { seq: entry.seq });
    } catch (error) {
      if (error instanceof RefusedError) return refusedAnswer(line, error.refusal);
      throw error;
    }
  }

  private async expect(line: RemittanceLine, expected: Expected): Promise<RemittanceReportLine> {
    const { report } = line;
    if (report === null) return answer(line, 'invalid', { note: line.problem });
    const transaction = transactionReference(report.provider, report.providerPaymentId);
    const receipt = await readPaymentReceipt(this.database, report.provider, report.providerPaymentId);
    const money = `${amount(report.amount).toFixed()} ${report.currency} ${report.accountId ?? ''} ${report.purchaseId ?? ''}`;
    const before =
      receipt === null
        ? expected.money.get(transaction)
        : `${receipt.amount.toFixed()} ${receipt.currency} ${receipt.accountId ?? ''} ${receipt.purchaseId ?? ''}`;
    if (before !== undefined) return before === money ? answer(line, 'repeated', {}) : answer(line, 'conflict', { note: 'payment-conflict' });
    const { now } = await readBusinessTime(this.database);
    if (report.receivedAt !== null && report.receivedAt > now + MAX_LEAD_MS) return answer(line, 'invalid', { note: 'receivedAt lies in the future.' });
    expected.money.set(transaction, money);
    const received = await this.received(report, expected);
    if ('code' in received) {
      const kind = BREAK_OF[received.code];
      return kind === undefined ? refusedAnswer(line, received) : answer(line, 'recorded', { note: kind });
    }
    expected.purchases.set(purchaseKey(report), received.after);
    return answer(line, received.after.state === 'allocated' ? 'allocated' : 'booked', { note: received.excess.isZero() ? null : 'payment-excess' });
  }

  private async received(report: PaymentReport, expected: Expected): Promise<Received | Refusal> {
    const { accountId, purchaseId, provider, providerPaymentId, currency } = report;
    if (accountId === null || !(await accountExists(this.database, accountId))) return { code: 'account-not-found', detail: '' };
    if (purchaseId === null) return { code: 'purchase-not-found', detail: '' };
    const money = { amount: amount(report.amount), currency, receivedAt: report.receivedAt ?? 0 };
    const earlier = expected.purchases.get(purchaseKey(report));
    if (earlier !== undefined) return receive(earlier, money, false);
    const key = shortDigest(`sys:payment:${transactionReference(provider, providerPaymentId)}`);
    const origin = { accountId, actor: 'sys', keyDigest: key, fingerprint: key };
    return this.ledger.quotePayment({ type: 'record-payment', ...origin, provider, providerPaymentId, purchaseId, ...money });
  }
}

/** What the lines before would have done. */
interface Expected {
  readonly purchases: Map<string, Purchase>;
  readonly money: Map<string, string>;
}

/** Not the line's fault: the same file can be sent again. */
const RETRYABLE: ReadonlySet<string> = new Set(['account-busy', 'database-unavailable', 'internal-error', 'outcome-unknown', 'overloaded', 'shutting-down']);

function purchaseKey({ accountId, purchaseId }: PaymentReport): string {
  return JSON.stringify([accountId, purchaseId]);
}

function refusedAnswer(line: RemittanceLine, { code, detail, data }: Refusal): RemittanceReportLine {
  if (RETRYABLE.has(code)) return answer(line, 'failed', { note: code });
  const breakId = typeof data?.['breakId'] === 'string' ? data['breakId'] : null;
  return code === 'payment-conflict' ? answer(line, 'conflict', { breakId, note: code }) : answer(line, 'invalid', { note: detail });
}

function answer(
  { line, report }: RemittanceLine,
  outcome: RemittanceOutcome,
  { seq = null, breakId = null, note = null }: Partial<Pick<RemittanceReportLine, 'seq' | 'breakId' | 'note'>>,
): RemittanceReportLine {
  const { accountId = null, purchaseId = null, providerPaymentId = null } = report ?? {};
  return { line, outcome, accountId, purchaseId, providerPaymentId, seq, breakId, note };
}
