import { z } from 'zod';
import { ACT_OUTCOMES } from '../../domain/administrative-act.js';
import { id, instant, wholeNumber } from './values.js';

const hex = (bytes: number, description: string) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)).meta({ description });
const signature = z.string().meta({ description: 'Ed25519, 64 bytes, base64url.' });

export const signedHeadAnswer = z
  .strictObject({
    accountId: z.string(),
    seq: z.int().positive().meta({ description: 'Number of the entry whose hash is signed.' }),
    hash: hex(32, 'Hash of that entry, which depends on all entries before it.'),
    signedAt: instant,
    keyId: hex(16, 'The key, as in GET /v1/signing-keys.'),
    signature,
  })
  .meta({ id: 'SignedHead', description: 'Keep it outside this service: with it and the public key anyone can prove later that the entries up to it were these.' });
export const signedHeadsAnswer = z
  .strictObject({ items: z.array(signedHeadAnswer), next: z.string().nullable().meta({ description: 'To be sent as `after` for the next page.' }) })
  .meta({ id: 'SignedHeads' });
export const signingKeysAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        keyId: hex(16, 'First 16 bytes of the SHA-256 of publicKey as text.'),
        publicKey: hex(32, 'The raw Ed25519 public key.'),
        pem: z.string().meta({ description: 'The same, as a PEM file has it.' }),
        introducedAt: instant,
        endorsedBy: z.string().nullable().meta({ description: 'The key before it, which vouches for it; null for the first one.' }),
        endorsement: signature.nullable(),
      }),
    ),
  })
  .meta({ id: 'SigningKeys' });

const limit = wholeNumber(200, 'Items of one page, 1 to 200 (default 50).').optional();
export const signedHeadsQuery = z.strictObject({
  after: wholeNumber(Number.MAX_SAFE_INTEGER, '`next` of the page before: only heads of earlier entries.').optional(),
  limit,
});
export const newestHeadsQuery = z.strictObject({ after: id.optional().meta({ description: '`next` of the page before: only accounts behind it.' }), limit });

export const actsOnRecordAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        seq: z.int().positive(),
        recordedAt: instant,
        kind: z.string().meta({ description: 'What it is; of a refused attempt on anything else, the route.' }),
        outcome: z.enum(ACT_OUTCOMES).meta({ description: 'asked: what came of it is in the account\'s chain, in the entry with the same keyDigest.' }),
        code: z.string().nullable().meta({ description: 'Why it was refused.' }),
        actor: z.string(),
        accountId: z.string().nullable(),
        subject: z.string().nullable(),
        keyDigest: z.string().nullable(),
        count: z.int().positive().meta({ description: 'Refusals alike within seconds are one act.' }),
        detail: z.unknown().meta({ description: 'Origin and request; null once they were erased.' }),
        detailHash: hex(32, 'Salted hash of the detail.'),
        hash: hex(32, 'Hash of the act and of the one before it.'),
      }),
    ),
    next: z.string().nullable().meta({ description: 'To be sent as `after` for the next page.' }),
  })
  .meta({ id: 'AdministrativeActs' });
export const actsOnRecordQuery = z.strictObject({
  after: wholeNumber(Number.MAX_SAFE_INTEGER, '`next` of the page before.').optional(),
  accountId: id.optional(),
  limit,
});
