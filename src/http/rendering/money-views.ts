import { breakId, transactionReference } from '../../domain/break.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import type { Entry } from '../../domain/entry.js';
import { formatMoney } from '../../domain/money.js';
import { priceVersionId } from '../../domain/price.js';
import type { PurchaseQuote } from '../../domain/quote.js';
import type { RemittanceReportLine } from '../../operations/import-remittance.js';
import type { FoundBreak } from '../../operations/payment-outcome.js';
import type { Break } from '../../postgres/catalogue/breaks.js';
import type { PublishedPrice } from '../../postgres/catalogue/prices.js';
import type { PaymentReceipt, ReversalReceipt } from '../../postgres/catalogue/receipts.js';
import { entryJson } from './entry-json.js';

const DAY_MS = 86_400_000;

export function purchaseQuoteView(quote: PurchaseQuote) {
  const { currency } = quote;
  return {
    quoteId: quote.quoteId,
    orderFormId: quote.orderFormId,
    credits: formatCredits(quote.credits),
    unitPrice: quote.unitPrice,
    priceVersion: quote.priceVersion,
    currency,
    price: formatMoney(quote.price, currency),
    tax: formatMoney(quote.tax, currency),
    total: formatMoney(quote.price.add(quote.tax), currency),
    cardId: quote.cardId,
    rateVersion: quote.rateVersion,
    quotedAt: instantText(quote.quotedAt),
    expiresAt: instantText(quote.expiresAt),
  };
}

export function priceView(price: PublishedPrice) {
  const { cardId, currency, version, effectiveDate, unitPrice, createdAt } = price;
  return { cardId, currency, version, priceVersion: priceVersionId(price), effectiveDate, unitPrice, createdAt: instantText(createdAt) };
}

export function receiptView({ provider, providerPaymentId, amount, currency, receivedAt, accountId, purchaseId }: PaymentReceipt) {
  return { provider, providerPaymentId, amount: formatMoney(amount, currency), currency, receivedAt: instantText(receivedAt), accountId, purchaseId };
}

export function recordedView(receipt: PaymentReceipt, found: FoundBreak) {
  return { receipt: receiptView(receipt), break: { breakId: found.breakId, kind: found.kind } };
}

export function recordedReversalView(receipt: ReversalReceipt, found: FoundBreak) {
  const { provider, providerPaymentId, reversalId, amount, currency, reversedAt, reason } = receipt;
  return {
    receipt: { provider, providerPaymentId, reversalId, amount: formatMoney(amount, currency), currency, reversedAt: instantText(reversedAt), reason },
    break: { breakId: found.breakId, kind: found.kind },
  };
}

/** Where credits had been allocated, the reversal is a break for finance to decide on. */
export function reversalAnswer(entry: Entry): string {
  const reversal = JSON.parse(entry.detail) as { readonly provider: string; readonly reversalId: string; readonly allocated: boolean };
  const reference = transactionReference(reversal.provider, reversal.reversalId);
  const found = reversal.allocated ? breakId({ kind: 'payment-reversed', reference }) : null;
  return `{"reversal":${JSON.stringify({ purchaseId: entry.subject, ...reversal })},"breakId":${JSON.stringify(found)},"entry":${entryJson(entry)}}`;
}

/** A write-off always completes the price; withheld tax does where its entry says so. The allocation is the next entry. */
export function completedAnswer(entry: Entry): string {
  const { allocated = true } = JSON.parse(entry.detail) as { readonly allocated?: boolean };
  return `{"purchaseId":${JSON.stringify(entry.subject)},"lotId":${allocated ? String(entry.seq + 1) : 'null'},"entry":${entryJson(entry)}}`;
}

export function voidedAnswer(entry: Entry): string {
  return `{"purchaseId":${JSON.stringify(entry.subject)},"entry":${entryJson(entry)}}`;
}

export function breakView(found: Break, now: number) {
  const { breakId: id, kind, accountId, seq, amount, currency, credits, evidence, owner, openedAt, resolved } = found;
  return {
    breakId: id,
    kind,
    accountId,
    seq,
    amount,
    currency,
    credits,
    evidence,
    owner,
    openedAt: instantText(openedAt),
    ageDays: Math.max(0, Math.floor(((resolved?.at ?? now) - openedAt) / DAY_MS)),
    resolved: resolved === null ? null : { ...resolved, at: instantText(resolved.at) },
  };
}

export function remittanceView(lines: readonly RemittanceReportLine[], dryRun: boolean) {
  const counts: Partial<Record<RemittanceReportLine['outcome'], number>> = {};
  for (const { outcome } of lines) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return { dryRun, counts, lines };
}
