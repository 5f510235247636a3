import type { DataSource } from 'typeorm';
import type { BreakDraft } from '../domain/break.js';
import { amount } from '../domain/credits.js';
import { checkPurchase, differenceBreak } from '../domain/reconciliation/check-purchase.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readLotsWithoutPurchase, readPurchasesWithMoney } from '../postgres/reads/reconciliation.js';
import { FoundBreaks, type BreaksFound } from './found-breaks.js';
import { verifyLedger, type VerifyProgress } from './verify-ledger.js';

export interface BooksReconciled extends BreaksFound {
  readonly accounts: number;
  readonly entries: number;
  readonly postings: number;
  readonly purchases: number;
}

interface Watching {
  readonly onBreak?: (found: BreakDraft) => void;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/**
 * SPEC 13: entries against balances, lots and holds, by the verifier; and payments against purchases against allocations.
 * It reports breaks, and never repairs.
 */
export class ReconcileBooks {
  constructor(
    private readonly database: DataSource,
    /** Any role that may read. */
    private readonly readerUrl: string,
  ) {}

  async run({ onBreak, onProgress }: Watching = {}): Promise<BooksReconciled> {
    const { now } = await readBusinessTime(this.database);
    const breaks = new FoundBreaks(this.database, now, onBreak);
    // The verifier does not wait for its listener: what it finds is written one after another beside it.
    let writing: Promise<void> = Promise.resolve();
    const report = await verifyLedger({
      readerUrl: this.readerUrl,
      onDifference: (difference) => {
        writing = writing.then(() => breaks.note(differenceBreak(difference)));
        writing.catch(() => undefined);
      },
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    await writing;
    let purchases = 0;
    for await (const purchase of readPurchasesWithMoney(this.database)) {
      purchases += 1;
      for (const found of checkPurchase(purchase)) await breaks.note(found);
    }
    for (const { accountId, lotId, purchaseId, issued } of await readLotsWithoutPurchase(this.database)) {
      await breaks.note({
        kind: 'allocation-without-payment',
        reference: JSON.stringify([accountId, purchaseId, lotId]),
        money: null,
        credits: amount(issued),
        evidence: { accountId, purchaseId, lotId },
      });
    }
    return { accounts: report.accounts, entries: report.entries, postings: report.postings, purchases, ...breaks.result() };
  }
}
