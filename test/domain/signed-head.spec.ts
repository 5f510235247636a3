import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { ACTS_GENESIS, actDetailHash, hashAct } from '../../src/domain/administrative-act.js';
import { introduceKey, pemOf, publicKeysOfPem, signHead, signingKeyOf, trustedKeys } from '../../src/domain/signed-head.js';

const documentation = readFileSync(path.resolve(import.meta.dirname, '../../docs/hash-chain.md'), 'utf8');
const key = signingKeyOf(Buffer.alloc(32, 1));
const next = signingKeyOf(Buffer.alloc(32, 2));
const third = signingKeyOf(Buffer.alloc(32, 3));
const published = [introduceKey(third, next, 3_000), introduceKey(next, key, 2_000), introduceKey(key, null, 1_000)];

it('heads are signed as the documentation says', () => {
  const hash = '8fab5824463e55aa2f54d79a2d5aa463906b38b8ff5f47477cebb250bde43933';
  const head = signHead({ accountId: '1234567', seq: 2, hash, signedAt: Date.parse('2026-06-15T12:00:20.000Z') }, key);
  for (const part of [key.publicKey, key.keyId, head.signature]) expect(documentation).toContain(part);
});

it('acts are hashed as the documentation says', () => {
  const detailHash = actDetailHash('6a1f0c', '{"origin":"192.0.2.7","request":{"reason":"abuse"}}');
  const act = { seq: 1, recordedAt: Date.parse('2026-06-15T12:00:00.000Z'), kind: 'suspension', outcome: 'asked', code: null, actor: 'key:8d2c', accountId: '1234567', subject: null } as const;
  const hash = hashAct({ ...act, keyDigest: '48ee1371acb5980039363493632f71a8', count: 1, detailHash }, ACTS_GENESIS);
  for (const part of [detailHash, hash, ACTS_GENESIS]) expect(documentation).toContain(part);
});

it('a key is trusted where one that is trusted vouches for it, over any number of steps', () => {
  const anchor = publicKeysOfPem(pemOf(key.publicKey));
  expect([...trustedKeys(anchor, published).keys()].sort()).toEqual([key, next, third].map(({ keyId }) => keyId).sort());
  expect([...trustedKeys(publicKeysOfPem(pemOf(third.publicKey)), published).keys()]).toEqual([third.keyId]);
});

it('a key that nobody vouches for, or under another name, or at another time, is not', () => {
  const anchor = publicKeysOfPem(pemOf(key.publicKey));
  const endorsed = introduceKey(next, key, 2_000);
  const wrong = [{ ...endorsed, introducedAt: 2_001 }, { ...endorsed, endorsedBy: null, endorsement: null }, { ...endorsed, keyId: third.keyId }, { ...endorsed, endorsement: 'AAAA' }];
  for (const candidate of wrong) expect([...trustedKeys(anchor, [candidate]).keys()]).toEqual([key.keyId]);
});
