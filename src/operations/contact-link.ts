import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a mailed link verifies its address. */
export const LINK_LIFE_MS = 7 * 24 * 3_600_000;

interface Linked {
  readonly contactId: string;
  readonly addressVersion: number;
}

/**
 * The token of a link that verifies a contact's address: what it verifies, until when, and an HMAC. It is kept nowhere, names no
 * address, and ends with the address that it was mailed to.
 */
export function contactToken(key: Buffer, { contactId, addressVersion }: Linked, expiresAt: number): string {
  const matter = `${contactId}.${addressVersion}.${expiresAt.toString(36)}`;
  return `${matter}.${mac(key, matter)}`;
}

/** What a token verifies, by the key in use or one of those before it; null: it is not one of ours, or its time is over. */
export function readContactToken(keys: readonly Buffer[], token: string, now: number): Linked | null {
  const [contactId, version, expiry, given, ...more] = token.split('.');
  if (contactId === undefined || version === undefined || expiry === undefined || given === undefined || more.length > 0) return null;
  const presented = Buffer.from(given);
  const isOurs = keys.some((key) => {
    const expected = Buffer.from(mac(key, `${contactId}.${version}.${expiry}`));
    return expected.length === presented.length && timingSafeEqual(expected, presented);
  });
  if (!isOurs) return null;
  return now < Number.parseInt(expiry, 36) ? { contactId, addressVersion: Number(version) } : null;
}

function mac(key: Buffer, matter: string): string {
  return createHmac('sha256', key).update(`verify-contact/${matter}`).digest('base64url');
}
