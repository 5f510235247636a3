import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amount } from '../../src/domain/credits.js';
import type { Entry, Posting } from '../../src/domain/entry.js';
import { encodeEntry, genesisHash, hashEntry, metadataHash, sha256, shortDigest } from '../../src/domain/hash-chain.js';
import type { RateBook, RateVersion } from '../../src/domain/rate.js';

/** The vectors were computed by another program, so that they hold this one to the documented encoding. */
interface Vectors {
  readonly accountId: string;
  readonly genesisHash: string;
  readonly metadata: { readonly salt: string; readonly text: string; readonly hash: string };
  readonly keyDigest: { readonly key: string; readonly digest: string };
  readonly rateHashes: Readonly<Record<string, string>>;
  readonly entries: readonly { readonly name: string; readonly entry: VectorEntry; readonly previousHash: string; readonly encoded: string; readonly hash: string }[];
}

/** Instants and amounts as texts. */
type Text<T> = { readonly [Member in keyof T]: T[Member] extends string | null ? T[Member] : string };
type VectorPosting = Text<Omit<Posting, 'line' | 'lotId'>> & Pick<Posting, 'line' | 'lotId'>;
type VectorEntry = Text<Omit<Entry, 'hash' | 'hashVersion' | 'seq' | 'cites' | 'unfunded' | 'postings'>> &
  Pick<Entry, 'seq' | 'cites'> & { readonly unfunded: string | null; readonly postings: readonly VectorPosting[] };

const vectors = JSON.parse(readFileSync(path.join(import.meta.dirname, 'hash-chain.vectors.json'), 'utf8')) as Vectors;

const rates: RateBook = new Map(
  Object.entries(vectors.rateHashes).map(([id, hash]) => {
    const version: RateVersion = { id, cardId: 'standard', version: 1, effectiveDate: '2026-01-01', hash, features: new Map() };
    return [id, version];
  }),
);

function readPosting(posting: VectorPosting): Posting {
  return {
    ...posting,
    credits: amount(posting.credits),
    lotAvailableAfter: amount(posting.lotAvailableAfter),
    lotHeldAfter: amount(posting.lotHeldAfter),
  };
}

function readVector(vector: VectorEntry): Omit<Entry, 'hash'> {
  return {
    ...vector,
    hashVersion: 1,
    occurredAt: Date.parse(vector.occurredAt),
    recordedAt: Date.parse(vector.recordedAt),
    credits: amount(vector.credits),
    unfunded: vector.unfunded === null ? null : amount(vector.unfunded),
    availableAfter: amount(vector.availableAfter),
    heldAfter: amount(vector.heldAfter),
    postings: vector.postings.map(readPosting),
  };
}

/** The encoding as the document defines it: a plain array, serialised by the language. */
function encodeByTheBook(entry: Omit<Entry, 'hash'>, previousHash: string): string {
  const rateHash = (id: string | null): string | null => (id === null ? null : (rates.get(id)?.hash ?? ''));
  const instant = (at: number): string => new Date(at).toISOString();
  return JSON.stringify([
    'kaltura-ai-credits/entry/1',
    ...[entry.accountId, String(entry.seq), entry.type, instant(entry.occurredAt), instant(entry.recordedAt), entry.accountingDate],
    ...[entry.keyDigest, entry.fingerprint, entry.actor, entry.feature, entry.subject, entry.cites === null ? null : String(entry.cites)],
    ...[entry.credits.toFixed(9), entry.unfunded?.toFixed(9) ?? null, entry.rateVersion, rateHash(entry.rateVersion)],
    ...[entry.endUser, entry.metadataHash, entry.detail, entry.availableAfter.toFixed(9), entry.heldAfter.toFixed(9)],
    entry.postings.map((posting) => [
      ...[String(posting.line), String(posting.lotId), posting.from, posting.to, posting.credits.toFixed(9)],
      ...[posting.rateVersion, rateHash(posting.rateVersion), posting.share, posting.lotAvailableAfter.toFixed(9), posting.lotHeldAfter.toFixed(9)],
    ]),
    previousHash,
  ]);
}

describe('the hash chain, version 1', () => {
  it.each(vectors.entries.map((vector) => [vector.name, vector] as const))('encodes and hashes %s', (_name, vector) => {
    const entry = readVector(vector.entry);
    expect(encodeEntry(entry, rates, vector.previousHash)).toBe(vector.encoded);
    expect(hashEntry(entry, rates, vector.previousHash)).toBe(vector.hash);
    expect(encodeByTheBook(entry, vector.previousHash)).toBe(vector.encoded);
  });

  it('begins with the account, and commits to metadata and keys', () => {
    expect(genesisHash(vectors.accountId)).toBe(vectors.genesisHash);
    expect(metadataHash(vectors.metadata.salt, vectors.metadata.text)).toBe(vectors.metadata.hash);
    expect(shortDigest(vectors.keyDigest.key)).toBe(vectors.keyDigest.digest);
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('encodes any text as the language’s own JSON does', () => {
    const [vector] = vectors.entries;
    if (vector === undefined) throw new Error('no vector');
    const entry = readVector(vector.entry);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.option(fc.string({ unit: 'binary-ascii' })), (accountId, actor, feature) => {
        const changed = { ...entry, accountId, actor, feature, subject: feature, detail: JSON.stringify({ actor }) };
        expect(encodeEntry(changed, rates, vector.previousHash)).toBe(encodeByTheBook(changed, vector.previousHash));
      }),
    );
  });

  it('changes with every single field', () => {
    const vector = vectors.entries[1];
    if (vector === undefined) throw new Error('no vector');
    const entry = readVector(vector.entry);
    const [posting, ...others] = entry.postings;
    if (posting === undefined) throw new Error('no posting');
    const postings = (change: Partial<Posting>): Partial<Entry> => ({ postings: [{ ...posting, ...change }, ...others] });
    const changes: Partial<Entry>[] = [
      { accountId: '1234568' },
      { seq: 3 },
      { type: 'reversal' },
      { occurredAt: entry.occurredAt + 1 },
      { recordedAt: entry.recordedAt + 1 },
      { accountingDate: '2026-06-16' },
      { keyDigest: null },
      { fingerprint: null },
      { actor: 'sys' },
      { feature: null },
      { subject: '' },
      { cites: 0 },
      { credits: entry.credits.add('0.000000001') },
      { unfunded: null },
      { rateVersion: 'standard@1' },
      { endUser: null },
      { metadataHash: null },
      { detail: `${entry.detail} ` },
      { availableAfter: entry.availableAfter.add('0.000000001') },
      { heldAfter: entry.heldAfter.add('0.000000001') },
      { postings: others },
      { postings: [...others, posting] },
      postings({ line: 3 }),
      postings({ lotId: 2 }),
      postings({ from: 'held' }),
      postings({ to: 'lapsed' }),
      postings({ credits: posting.credits.add('0.000000001') }),
      postings({ rateVersion: 'standard@2' }),
      postings({ share: null }),
      postings({ lotAvailableAfter: amount('1') }),
      postings({ lotHeldAfter: amount('1') }),
    ];
    const hashes = changes.map((change) => hashEntry({ ...entry, ...change }, rates, vector.previousHash));
    const rewritten: RateBook = new Map([...rates].map(([id, version]) => [id, { ...version, hash: sha256(version.hash) }]));
    hashes.push(hashEntry(entry, rewritten, vector.previousHash), hashEntry(entry, rates, vectors.genesisHash.replace(/^./, '0')), vector.hash);
    expect(new Set(hashes).size).toBe(changes.length + 3);
  });

  it('is documented with these very vectors', () => {
    const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/hash-chain.md'), 'utf8');
    expect(text).toContain(vectors.genesisHash);
    expect(text).toContain(vectors.metadata.hash);
    for (const { encoded, hash } of vectors.entries.slice(0, 2)) {
      expect(text).toContain(encoded);
      expect(text).toContain(hash);
    }
  });
});
