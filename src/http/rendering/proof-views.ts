import { instantText } from '../../domain/calendar.js';
import type { ActRecord } from '../../postgres/reads/administrative-acts.js';
import { pemOf, type PublishedKey, type SignedHead } from '../../domain/signed-head.js';

export function signedHeadView(head: SignedHead) {
  return { ...head, signedAt: instantText(head.signedAt) };
}

export function signingKeyView(key: PublishedKey) {
  return { ...key, pem: pemOf(key.publicKey), introducedAt: instantText(key.introducedAt) };
}

export function administrativeActView({ act, detail }: ActRecord) {
  return { ...act, recordedAt: instantText(act.recordedAt), detail: detail === null ? null : (JSON.parse(detail.text) as unknown) };
}
