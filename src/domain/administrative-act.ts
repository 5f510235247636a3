import { instantText } from './calendar.js';
import { canonicalJson, type Json } from './canonical-json.js';
import { sha256 } from './hash-chain.js';

/**
 * What people do to the service beside the accounts' ledgers, or ask of them: rates, refunds, suspensions, keys, and what they
 * were refused (SPEC 14). These acts form one chain of their own. Inside it are opaque ids only; names, origins and free text
 * lie apart, and the chain commits to them by a salted hash, so that they can be erased and the chain stays whole.
 */
export const ACT_OUTCOMES = ['done', 'asked', 'refused'] as const;
export type ActOutcome = (typeof ACT_OUTCOMES)[number];

export interface ActDraft {
  /** e.g. `publish-rate-version`, `refund`, `issue-api-key`; of a refused attempt on anything else, the route. */
  readonly kind: string;
  /** `done`: in the transaction of the act. `asked`: written before an account's ledger is asked to do it. */
  readonly outcome: ActOutcome;
  /** Why it was refused, as problems name it; null otherwise. */
  readonly code: string | null;
  /** An opaque id; `nobody` where there was no valid key. */
  readonly actor: string;
  readonly accountId: string | null;
  /** Opaque id of what it is about; null where the act has none, or none yet. */
  readonly subject: string | null;
  /** 16-byte digest of the idempotency key, hex: an entry that came of the act bears the same. */
  readonly keyDigest: string | null;
  /** Refusals of the same kind within seconds are one act; otherwise 1. */
  readonly count: number;
  /** Origin, reason and the request as it was sent. */
  readonly detail: Json;
}

export interface AdministrativeAct extends Omit<ActDraft, 'detail'> {
  /** 1, 2, 3 ... without a gap. */
  readonly seq: number;
  /** Business time, in milliseconds, never before that of the act before. */
  readonly recordedAt: number;
  /** SHA-256, hex, of salt and text of its detail. */
  readonly detailHash: string;
  readonly hash: string;
}

/** The hash before the first act. */
export const ACTS_GENESIS = sha256(JSON.stringify(['kaltura-ai-credits/acts-genesis/1']));

/** By this name signed heads know the chain of acts: no account can bear it. */
export const ACTS_CHAIN = '@acts';

export function actDetailText(detail: Json): string {
  return canonicalJson(detail);
}

export function actDetailHash(salt: string, text: string): string {
  return sha256(JSON.stringify(['kaltura-ai-credits/act-detail/1', salt, text]));
}

/** A JSON array of strings and nulls, as those of the accounts' chains: `docs/hash-chain.md`. */
export function hashAct(act: Omit<AdministrativeAct, 'hash'>, previousHash: string): string {
  return sha256(
    JSON.stringify([
      'kaltura-ai-credits/act/1',
      String(act.seq),
      instantText(act.recordedAt),
      act.kind,
      act.outcome,
      act.code,
      act.actor,
      act.accountId,
      act.subject,
      act.keyDigest,
      String(act.count),
      act.detailHash,
      previousHash,
    ]),
  );
}
