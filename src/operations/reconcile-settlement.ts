import type { DataSource } from 'typeorm';
import { amount } from '../domain/credits.js';
import { shortDigest } from '../domain/hash-chain.js';
import { isCurrency, isMoney } from '../domain/money.js';
import { checkSettlement, settlementNotInFile, settlementTwice, type SettlementLine } from '../domain/reconciliation/check-lines.js';
import { notInFile, noteLines } from '../postgres/catalogue/reconciliation-runs.js';
import { readPaymentsBetween, readRecordedPayments } from '../postgres/reads/reconciliation.js';
import type { FoundBreaks } from './found-breaks.js';
import { reconcileFile, type Comparison, type FileReconciled, type ForeignFile, type NumberedLine } from './reconcile-file.js';
import type { CoveredTime } from './reconcile-usage.js';

/** SPEC 13: a payment provider's settlement file against payments. */
export class ReconcileSettlement {
  constructor(
    private readonly database: DataSource,
    private readonly wallNow: () => number,
  ) {}

  /** `provider`: whose file it is. `covered` null: only what the file has is looked for. */
  run(file: ForeignFile, provider: string, covered: CoveredTime | null): Promise<FileReconciled> {
    return reconcileFile(this.database, this.wallNow, file, new SettlementComparison(this.database, provider, covered));
  }
}

class SettlementComparison implements Comparison<SettlementLine> {
  readonly scope = 'settlement-file';

  constructor(
    private readonly database: DataSource,
    private readonly provider: string,
    private readonly covered: CoveredTime | null,
  ) {}

  read({ providerPaymentId, amount: settled, currency }: Readonly<Record<string, unknown>>): SettlementLine | null {
    if (typeof providerPaymentId !== 'string' || typeof settled !== 'string' || typeof currency !== 'string') return null;
    if (!isCurrency(currency) || !isMoney(settled, currency)) return null;
    return { provider: this.provider, providerPaymentId, amount: amount(settled), currency };
  }

  async compare(runId: string, lines: readonly NumberedLine<SettlementLine>[], breaks: FoundBreaks): Promise<void> {
    const payments = await readRecordedPayments(this.database, lines.map(({ line }) => line));
    const recorded = new Map(payments.map((payment) => [payment.providerPaymentId, payment]));
    const twice = await noteLines(
      this.database,
      runId,
      lines.map(({ number, line }) => ({ reference: this.referenceOf(line.providerPaymentId), line: number, content: null })),
    );
    for (const { number, line } of lines) {
      const first = twice.get(number);
      const found = first === undefined ? checkSettlement(line, number, recorded.get(line.providerPaymentId)) : settlementTwice(line, number, first);
      if (found !== null) await breaks.note(found);
    }
  }

  async finish(runId: string, breaks: FoundBreaks): Promise<void> {
    if (this.covered === null) return;
    for await (const page of readPaymentsBetween(this.database, this.provider, this.covered.from, this.covered.until)) {
      const references = page.map(({ providerPaymentId }) => ({ reference: this.referenceOf(providerPaymentId), content: null }));
      const absent = await notInFile(this.database, runId, references);
      for (const payment of page) {
        if (absent.has(this.referenceOf(payment.providerPaymentId))) await breaks.note(settlementNotInFile(this.provider, payment.providerPaymentId, payment));
      }
    }
  }

  private referenceOf(providerPaymentId: string): string {
    return shortDigest(JSON.stringify([this.provider, providerPaymentId]));
  }
}
