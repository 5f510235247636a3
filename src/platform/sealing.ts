import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What derived keys are for. */
export const CONTACT_FINGERPRINTS = 'contact-fingerprints';
export const CONTACT_LINKS = 'contact-links';
export const WEBHOOK_SECRETS = 'webhook-secrets';
export const SIGN_IN_TICKETS = 'sign-in-tickets';
export const PERSON_SESSIONS = 'person-sessions';

/** A key of its own for each purpose, out of the deployment's one. */
export function derivedKey(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', purpose, 32));
}

/** The same of the key in use and of those before it, in that order. */
export function derivedKeys(keys: readonly Buffer[], purpose: string): Buffer[] {
  return keys.map((key) => derivedKey(key, purpose));
}

/** The one in use: what is new is sealed and signed with it. */
export function newest(keys: readonly Buffer[]): Buffer {
  const [key] = keys;
  if (key === undefined) throw new Error('there is no key');
  return key;
}

/**
 * Encrypts a secret for the database, AES-256-GCM under a key that is kept outside of it. `place` says where it belongs: it
 * cannot be opened anywhere else. Layout: version, IV, tag, ciphertext.
 */
export function seal(key: Buffer, place: string, secret: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), iv, cipher.getAuthTag(), sealed]);
}

/** With the key in use or one of those before it. Throws where none fits, or the place or a single bit is another one. */
export function open(keys: readonly Buffer[], place: string, sealed: Buffer): string {
  for (const [i, key] of keys.entries()) {
    try {
      return openWith(key, place, sealed);
    } catch (error) {
      if (i === keys.length - 1) throw error;
    }
  }
  throw new Error('there is no key');
}

function openWith(key: Buffer, place: string, sealed: Buffer): string {
  if (sealed[0] !== VERSION) throw new Error('a sealed secret has an unknown version');
  const ivEnd = 1 + IV_BYTES;
  const tagEnd = ivEnd + TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, ivEnd), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(sealed.subarray(ivEnd, tagEnd));
  return Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]).toString('utf8');
}
