import { canonicalJson } from '../../src/domain/canonical-json.js';
import type { Command, TransferConsent, TransferredTerms } from '../../src/domain/command.js';
import { amount } from '../../src/domain/credits.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { readOrderForm, type OrderFormDocument } from '../../src/domain/order-form-document.js';
import type { Usage } from '../../src/domain/usage.js';
import { NEVER } from './model-account.js';
import { CARD, type Used } from './rates.js';
import type { Wish } from './wish.js';

/** The other one of two operators. */
const OTHER = 'key:other';
const CONSENT: TransferConsent = { reference: 'consent', date: '2020-01-01', sha256: '00' };

function usageOf(used: Used): Usage {
  return Object.entries(used)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([meter, quantity]) => ({ meter, quantity: amount(quantity) }));
}

/** A wish as the command that a caller would send. */
export function commandOf(accountId: string, wish: Wish, key: number): Command {
  const base = { accountId, keyDigest: shortDigest(`key-${key}`), fingerprint: shortDigest(JSON.stringify(wish)), actor: 'key:model' };
  const nobody = { endUser: null, metadata: null };
  switch (wish.do) {
    case 'sign': {
      const { formId, version, graceDays, paymentDueDays, suspendAt, suspendOnRefusal, purchases } = wish;
      const document: OrderFormDocument = {
        number: formId,
        timeZone: 'UTC',
        termStart: wish.termStart,
        termEnd: wish.termEnd,
        features: wish.features.map((feature) => ({ feature, mode: feature === 'avatar' ? 'subscription' : 'credits' })),
        rateCardId: CARD,
        rateVersion: String(version),
        unitPrice: '0.5',
        currency: 'EUR',
        priority: Object.fromEntries(Object.entries(wish.priority).map(([kind, place]) => [kind, String(place)])),
        suspendAtBalance: suspendAt,
        suspendOnRefusal,
        rolloverGraceDays: String(graceDays),
        paymentDueDays: String(paymentDueDays),
        shortfallTolerance: wish.tolerance,
        addendumVersion: '2026-03-22',
        addendumHash: '00',
        ...(wish.signedOn === null ? {} : { signedOn: wish.signedOn }),
      };
      const ordered = purchases.map(({ id, credits }) => ({ purchaseId: id, credits: amount(credits) }));
      return { ...base, type: 'sign-order-form', form: readOrderForm(formId, document), document: canonicalJson({ ...document }), purchases: ordered };
    }
    case 'place':
      return { ...base, type: 'place-purchase', purchaseId: wish.purchaseId, orderFormId: null, credits: amount(wish.credits) };
    case 'pay': {
      const { paymentId, purchaseId, money, receivedAt } = wish;
      return { ...base, type: 'record-payment', provider: 'bank', providerPaymentId: paymentId, purchaseId, amount: amount(money), currency: 'EUR', receivedAt };
    }
    case 'grant':
      return { ...base, type: 'grant', kind: wish.kind, credits: amount(wish.credits), validThrough: wish.validThrough, reason: 'model' };
    case 'debit': {
      const { feature, used, record, occurredAt } = wish;
      return { ...base, ...nobody, type: 'debit', mode: record ? 'record' : 'authorize', feature, usage: usageOf(used), occurredAt };
    }
    case 'hold': {
      const { holdId, feature, used, credits, ttlMs, cap } = wish;
      const estimate = used === null ? { credits: amount(credits) } : { usage: usageOf(used) };
      return { ...base, type: 'place-hold', holdId, feature, estimate, ttlMs, maxCapture: cap === null ? null : amount(cap) };
    }
    case 'capture':
      return { ...base, ...nobody, type: 'capture-hold', holdId: wish.holdId, usage: usageOf(wish.used), final: wish.final };
    case 'release':
      return { ...base, type: 'release-hold', holdId: wish.holdId };
    case 'extend':
      return { ...base, type: 'extend-hold', holdId: wish.holdId, ttlMs: wish.ttlMs };
    case 'reverse':
      return { ...base, type: 'reverse', seq: wish.seq, share: wish.share === null ? null : amount(wish.share), reason: 'model' };
    case 'bounce-payment': {
      const { paymentId, reversalId, money, reversedAt } = wish;
      return { ...base, type: 'reverse-payment', provider: 'bank', providerPaymentId: paymentId, reversalId, amount: amount(money), currency: 'EUR', reversedAt, reason: 'model' };
    }
    case 'write-off':
      return { ...base, type: 'write-off-shortfall', purchaseId: wish.purchaseId, reason: 'model' };
    case 'void':
      return { ...base, type: 'void-purchase', purchaseId: wish.purchaseId, reason: 'model' };
    case 'adjust':
      return { ...base, type: 'adjust', lotId: wish.lotId, credits: amount(wish.credits), reason: 'model', limit: amount('1000000'), requestedBy: null };
    case 'freeze':
    case 'release-frozen':
    case 'withdraw-frozen': {
      const type = wish.do === 'freeze' ? 'freeze-lot' : wish.do;
      return { ...base, type, lotId: wish.lotId, credits: wish.credits === null ? null : amount(wish.credits), reason: 'model', reference: 'case' };
    }
    case 'refund': {
      const outgoingPayment = { reference: 'out', amount: '1.00', currency: 'EUR' };
      return { ...base, type: 'refund-lot', lotId: wish.lotId, ground: { kind: 'law', reference: 'case' }, outgoingPayment, creditNote: 'note', requestedBy: OTHER };
    }
    case 'transfer-out':
      return { ...base, type: 'transfer-out', lotId: wish.lotId, credits: wish.credits === null ? null : amount(wish.credits), toAccountId: wish.to, consent: CONSENT, requestedBy: OTHER };
    case 'transfer-in': {
      const { from } = wish.lot;
      const { lot } = JSON.parse(from.detail) as { readonly lot: Omit<TransferredTerms, 'validUntil' | 'rateVersion'> & { readonly lotId: string } };
      const { lotId, ...terms } = lot;
      const validUntil = wish.lot.validUntil === NEVER ? null : wish.lot.validUntil;
      return {
        ...base,
        type: 'transfer-in',
        source: { accountId: from.accountId, lotId: Number(lotId), seq: from.seq },
        lot: { ...terms, rateVersion: from.rateVersion ?? '', validUntil },
        credits: from.credits,
        consent: CONSENT,
        requestedBy: OTHER,
      };
    }
    case 'settle':
      return { ...base, type: 'settle-unfunded', seq: wish.seq, lotId: wish.lotId, credits: null };
    case 'waive':
      return { ...base, type: 'waive-unfunded', seq: wish.seq, reason: 'model' };
    case 'suspend':
      return { ...base, type: 'suspend', reason: 'law', reference: 'case', cutsOffRunningWork: wish.cutsOff };
    case 'resume':
    case 'close':
      return { ...base, type: wish.do, reason: 'model' };
    case 'run-due':
      return { ...base, type: 'run-due' };
  }
}
