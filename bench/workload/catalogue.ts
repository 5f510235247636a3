import type { Client } from 'pg';
import type { SignOrderForm } from '../../src/domain/command.js';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import { genesisHash, sha256 } from '../../src/domain/hash-chain.js';
import { readOrderForm, type OrderFormDocument } from '../../src/domain/order-form-document.js';
import { rateVersionText } from '../../src/domain/rate-document.js';
import { randomDigest } from './random.js';

export const FEATURE = 'chat';
export const ACTOR = 'key:bench';
const CARD = 'bench';

/** What the benchmark's accounts have in common: a licensee, and a card with one version. */
export async function createCatalogue(admin: Client): Promise<void> {
  const content = rateVersionText({
    cardId: CARD,
    version: '1',
    effectiveDate: '2020-01-01',
    features: [
      {
        feature: FEATURE,
        rates: [
          { meter: 'inputTokens', unit: 'token', creditsPerUnit: INPUT_RATE },
          { meter: 'outputTokens', unit: 'token', creditsPerUnit: OUTPUT_RATE },
        ],
      },
    ],
  });
  await admin.query("INSERT INTO licensee VALUES ('bench', 'Benchmark', now())");
  await admin.query("INSERT INTO rate_card VALUES ($1, 'Benchmark', now())", [CARD]);
  await admin.query(
    `INSERT INTO rate_version (card_id, version, effective_date, content, content_hash, state, created_at, published_at)
     VALUES ($1, 1, '2020-01-01', $2, decode($3, 'hex'), 'published', now(), now())`,
    [CARD, content, sha256(content)],
  );
}

export const INPUT_RATE = '0.00015';
export const OUTPUT_RATE = '0.0006';

/** Accounts as they are before anything happened in them. */
export async function createAccounts(admin: Client, accounts: readonly string[]): Promise<void> {
  await admin.query("INSERT INTO account SELECT account_id, 'bench', now() FROM unnest($1::text[]) AS a (account_id)", [accounts]);
  await admin.query(
    `INSERT INTO account_state (account_id, head_hash, last_recorded_at)
     SELECT account_id, decode(hash, 'hex'), now() FROM unnest($1::text[], $2::text[]) AS a (account_id, hash)`,
    [accounts, accounts.map(genesisHash)],
  );
}

/** One order form for all: a Term that no run gets out of, every feature in credits. */
export function orderFormOf(accountId: string): SignOrderForm {
  const document: OrderFormDocument = {
    number: `BENCH-${accountId}`,
    timeZone: 'UTC',
    termStart: '2020-01-01',
    termEnd: '2099-12-31',
    features: [{ feature: FEATURE, mode: 'credits' }],
    rateCardId: CARD,
    rateVersion: '1',
    unitPrice: '0.01',
    currency: 'USD',
    addendumVersion: '2026-03-22',
    addendumHash: sha256('bench'),
  };
  return {
    type: 'sign-order-form',
    accountId,
    keyDigest: randomDigest(),
    fingerprint: randomDigest(),
    actor: ACTOR,
    form: readOrderForm(`form-${accountId}`, document),
    document: canonicalJson({ ...document }),
    purchases: [],
  };
}
