import { breakId, transactionReference } from '../../domain/break.js';
import type { Entry } from '../../domain/entry.js';
import { bookedMembers, entryJson } from './entry-json.js';

/** The answers to commands, each made of its entry alone. */
export function bookedAnswer(entry: Entry): string {
  return `{${bookedMembers(entry)}}`;
}

export function grantedAnswer(entry: Entry): string {
  return `{"lotId":${entry.seq},${bookedMembers(entry)}}`;
}

export function acknowledgedAnswer(entry: Entry): string {
  const { deliveredOn } = JSON.parse(entry.detail) as { readonly deliveredOn: string };
  return `{"noticeId":${JSON.stringify(entry.subject)},"deliveredOn":"${deliveredOn}","entry":${entryJson(entry)}}`;
}

export function signedAnswer(entry: Entry): string {
  const { purchases } = JSON.parse(entry.detail) as { readonly purchases: readonly unknown[] };
  return `{"orderFormId":${JSON.stringify(entry.subject)},"purchases":${JSON.stringify(purchases)},"entry":${entryJson(entry)}}`;
}

export function placedAnswer(entry: Entry): string {
  const terms = JSON.parse(entry.detail) as object;
  return `{"purchase":${JSON.stringify({ purchaseId: entry.subject, ...terms })},"entry":${entryJson(entry)}}`;
}

interface PaymentDetail {
  readonly provider: string;
  readonly providerPaymentId: string;
  readonly allocated: boolean;
  readonly excess: string;
}

/** The allocation that a full payment causes is the next entry, and names the lot. */
export function paidAnswer(entry: Entry): string {
  const payment = JSON.parse(entry.detail) as PaymentDetail;
  const lotId = payment.allocated ? entry.seq + 1 : null;
  const reference = transactionReference(payment.provider, payment.providerPaymentId);
  const found = /[1-9]/.test(payment.excess) ? breakId({ kind: 'payment-excess', reference }) : null;
  return `{"payment":${JSON.stringify({ purchaseId: entry.subject, ...payment })},"lotId":${String(lotId)},"breakId":${JSON.stringify(found)},"entry":${entryJson(entry)}}`;
}

export function alertRuleAnswer(entry: Entry): string {
  const { rule } = JSON.parse(entry.detail) as { readonly rule: unknown };
  return `{"rule":${JSON.stringify(rule)},"entry":${entryJson(entry)}}`;
}
