import { instantText } from '../../domain/calendar.js';
import { reachesPurchasesFrom } from '../../domain/contract.js';
import { formatCredits } from '../../domain/credits.js';
import { isOpen, type Lot } from '../../domain/lot.js';
import { formatMoney } from '../../domain/money.js';
import { amountOwed } from '../../domain/purchase.js';
import { rateVersionId } from '../../domain/rate.js';
import type { Account, Licensee } from '../../postgres/reads/accounts.js';
import type { ApiKey } from '../../postgres/reads/api-keys.js';
import type { BalanceAsOf } from '../../postgres/reads/balance.js';
import type { BusinessTime } from '../../postgres/reads/business-time.js';
import type { RateNotice } from '../../postgres/reads/notices.js';
import type { SignedOrderForm } from '../../postgres/reads/order-forms.js';
import type { PurchaseWithPayments } from '../../postgres/reads/purchases.js';
import type { RateCard, StoredRateVersion } from '../../postgres/reads/rate-cards.js';

/** What is on record, as JSON has it: instants and amounts as texts. */
function instantOrNull(instant: number | null): string | null {
  return instant === null ? null : instantText(instant);
}

export function licenseeView({ licenseeId, legalName, createdAt }: Licensee) {
  return { licenseeId, legalName, createdAt: instantText(createdAt) };
}

export function accountView({ accountId, licenseeId, createdAt, status, seq }: Account) {
  return { accountId, licenseeId, createdAt: instantText(createdAt), status, seq };
}

export function rateCardView({ cardId, name, createdAt, versions }: RateCard) {
  return { cardId, name, createdAt: instantText(createdAt), versions };
}

export function rateVersionView({ document, version, state, contentHash, createdAt, publishedAt }: StoredRateVersion) {
  return {
    cardId: document.cardId,
    version,
    rateVersion: rateVersionId(document.cardId, version),
    effectiveDate: document.effectiveDate,
    state,
    features: document.features,
    contentHash,
    createdAt: instantText(createdAt),
    publishedAt: instantOrNull(publishedAt),
  };
}

export function orderFormView({ orderFormId, seq, signedAt, document, documentHash }: SignedOrderForm) {
  return { orderFormId, seq, signedAt: instantText(signedAt), document, documentHash };
}

export function noticeView(notice: RateNotice) {
  const { noticeId, cardId, version, effectiveDate, announcedOn, deliveredOn, deliveries, withdrawn, text } = notice;
  return {
    noticeId,
    cardId,
    version,
    effectiveDate,
    announcedOn,
    deliveredOn,
    deliveries,
    reachesPurchasesFrom: reachesPurchasesFrom(notice),
    withdrawn,
    text,
  };
}

export function purchaseView({ purchase, payments }: PurchaseWithPayments) {
  const { currency } = purchase;
  return {
    purchaseId: purchase.purchaseId,
    orderFormId: purchase.orderFormId,
    placedBy: purchase.placedBy,
    credits: formatCredits(purchase.credits),
    unitPrice: purchase.unitPrice,
    priceVersion: purchase.priceVersion,
    currency,
    price: formatMoney(purchase.price, currency),
    tax: formatMoney(purchase.tax, currency),
    cardId: purchase.cardId,
    rateVersion: purchase.rateVersion,
    purchasedAt: instantText(purchase.purchasedAt),
    paymentDueAt: instantText(purchase.paymentDueAt),
    state: purchase.state,
    paid: formatMoney(purchase.paid, currency),
    withheld: formatMoney(purchase.withheld, currency),
    writtenOff: formatMoney(purchase.writtenOff, currency),
    owed: formatMoney(amountOwed(purchase), currency),
    reversed: formatMoney(purchase.reversed, currency),
    payments: payments.map((payment) => ({
      seq: payment.seq,
      provider: payment.provider,
      providerPaymentId: payment.providerPaymentId,
      amount: formatMoney(payment.amount, payment.currency),
      currency: payment.currency,
      receivedAt: instantText(payment.receivedAt),
      excess: formatMoney(payment.excess, payment.currency),
      reversed: formatMoney(payment.reversed, payment.currency),
    })),
  };
}

export function lotView(lot: Lot) {
  const { buckets } = lot;
  return {
    lotId: lot.lotId,
    kind: lot.kind,
    cardId: lot.cardId,
    rateVersion: lot.rateVersion,
    unitPrice: lot.unitPrice,
    currency: lot.currency,
    purchaseId: lot.purchaseId,
    orderFormId: lot.orderFormId,
    allocatedAt: instantText(lot.allocatedAt),
    validUntil: instantOrNull(lot.validUntil),
    priority: lot.priority,
    open: isOpen(lot),
    issued: formatCredits(buckets.issued),
    available: formatCredits(buckets.available),
    held: formatCredits(buckets.held),
    consumed: formatCredits(buckets.consumed),
    lapsed: formatCredits(buckets.lapsed),
    frozen: formatCredits(buckets.frozen),
    withdrawn: formatCredits(buckets.withdrawn),
    transferred: formatCredits(buckets.transferred),
    condition: lot.condition,
    freezeOwed: formatCredits(lot.freezeOwed),
    source: lot.source ?? null,
  };
}

export function balanceView(accountId: string, { seq, recordedAt, available, held }: BalanceAsOf) {
  return {
    accountId,
    seq,
    recordedAt: instantOrNull(recordedAt),
    balance: formatCredits(available.add(held)),
    available: formatCredits(available),
    held: formatCredits(held),
  };
}

export function apiKeyView({ keyId, label, scopes, accountId, createdAt, expiresAt, revokedAt, rotatedFrom, rateLimit, lastUsedAt }: ApiKey) {
  return {
    keyId,
    label,
    scopes,
    accountId,
    createdAt: instantText(createdAt),
    expiresAt: instantOrNull(expiresAt),
    revokedAt: instantOrNull(revokedAt),
    rotatedFrom,
    rateLimit,
    lastUsedAt: instantOrNull(lastUsedAt),
  };
}

export function clockView({ now, offsetMs }: BusinessTime, advanceable: boolean) {
  return { businessTime: instantText(now), offsetMs: String(offsetMs), advanceable };
}
