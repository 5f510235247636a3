import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { instantText } from './calendar.js';
import { sha256 } from './hash-chain.js';

/**
 * The head of an account's chain, signed with a key that is kept outside the database (SPEC 14). Whoever holds one can
 * prove later that the entries up to `seq` were these and no others: an end that was cut off, and a chain that was written
 * anew, both lack the hash that was signed.
 */
export interface SignedHead {
  readonly accountId: string;
  /** Number of the entry whose hash it is, > 0. */
  readonly seq: number;
  /** Hash of that entry, hex. */
  readonly hash: string;
  /** Wall time, in milliseconds. */
  readonly signedAt: number;
  readonly keyId: string;
  /** Ed25519, 64 bytes, base64url. */
  readonly signature: string;
}

/** The public half of a signing key, as it is published. */
export interface PublishedKey {
  /** First 16 bytes of the SHA-256 of the raw public key's hex text, hex. */
  readonly keyId: string;
  /** The raw public key, 32 bytes, hex. */
  readonly publicKey: string;
  /** Wall time, in milliseconds. */
  readonly introducedAt: number;
  /** The key before it, which vouches for it by a signature of its own; both null for the first key. */
  readonly endorsedBy: string | null;
  readonly endorsement: string | null;
}

export interface SigningKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** What DER writes before the 32 bytes of an Ed25519 key (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A key of 32 random bytes. */
export function signingKeyOf(seed: Buffer): SigningKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = rawOf(createPublicKey(privateKey));
  return { keyId: keyIdOf(publicKey), publicKey, privateKey };
}

function keyIdOf(publicKey: string): string {
  return sha256(publicKey).slice(0, 32);
}

export function signHead(head: Pick<SignedHead, 'accountId' | 'seq' | 'hash' | 'signedAt'>, key: SigningKey): SignedHead {
  const unsigned = { ...head, keyId: key.keyId };
  return { ...unsigned, signature: sign(null, Buffer.from(headText(unsigned)), key.privateKey).toString('base64url') };
}

export function headIsSignedBy(head: SignedHead, key: KeyObject): boolean {
  return verify(null, Buffer.from(headText(head)), key, Buffer.from(head.signature, 'base64url'));
}

/** The text that is signed: a JSON array of strings, as those of the hash chain. */
function headText({ accountId, seq, hash, signedAt, keyId }: Omit<SignedHead, 'signature'>): string {
  return JSON.stringify(['kaltura-ai-credits/head/1', accountId, String(seq), hash, instantText(signedAt), keyId]);
}

/** A key steps into the place of another one, which says so. */
export function introduceKey(key: SigningKey, before: SigningKey | null, introducedAt: number): PublishedKey {
  const { keyId, publicKey } = key;
  if (before === null) return { keyId, publicKey, introducedAt, endorsedBy: null, endorsement: null };
  const endorsement = sign(null, Buffer.from(endorsementText(publicKey, introducedAt, before.keyId)), before.privateKey).toString('base64url');
  return { keyId, publicKey, introducedAt, endorsedBy: before.keyId, endorsement };
}

function endorsementText(publicKey: string, introducedAt: number, by: string): string {
  return JSON.stringify(['kaltura-ai-credits/key/1', publicKey, instantText(introducedAt), by]);
}

/**
 * The keys to verify with, by id. With anchors, which the verifier was given from outside: those, and what they vouch for,
 * step by step. Without: every published key, which proves no more than whoever published them does.
 */
export function trustedKeys(anchors: readonly KeyObject[], published: readonly PublishedKey[]): ReadonlyMap<string, KeyObject> {
  const trusted = new Map(anchors.map((key) => [keyIdOf(rawOf(key)), key]));
  for (let grown = true; grown; ) {
    grown = false;
    for (const key of published) {
      if (trusted.has(key.keyId) || keyIdOf(key.publicKey) !== key.keyId) continue;
      if (anchors.length > 0 && !isVouchedFor(key, trusted)) continue;
      trusted.set(key.keyId, publicKeyOf(key.publicKey));
      grown = true;
    }
  }
  return trusted;
}

function isVouchedFor({ publicKey, introducedAt, endorsedBy, endorsement }: PublishedKey, trusted: ReadonlyMap<string, KeyObject>): boolean {
  const by = trusted.get(endorsedBy ?? '');
  if (by === undefined || endorsedBy === null || endorsement === null) return false;
  return verify(null, Buffer.from(endorsementText(publicKey, introducedAt, endorsedBy)), by, Buffer.from(endorsement, 'base64url'));
}

function publicKeyOf(publicKey: string): KeyObject {
  return createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, Buffer.from(publicKey, 'hex')]), format: 'der', type: 'spki' });
}

/** Every public key in a PEM file, such as the service publishes. */
export function publicKeysOfPem(text: string): KeyObject[] {
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g) ?? [];
  return blocks.map((block) => createPublicKey(block));
}

export function pemOf(publicKey: string): string {
  return publicKeyOf(publicKey).export({ format: 'pem', type: 'spki' }).toString();
}

function rawOf(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length).toString('hex');
}
