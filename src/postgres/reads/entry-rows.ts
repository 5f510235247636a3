import { ZERO, amount, type Amount } from '../../domain/credits.js';
import type { Entry, EntryType, Posting } from '../../domain/entry.js';
import type { Bucket } from '../../domain/lot.js';

/** An entry as it is read: what has no exact type of JavaScript comes as text. */
export interface EntryRow {
  readonly account_id: string;
  readonly seq: string;
  readonly hash_version: number;
  readonly type: EntryType;
  readonly occurred_at: string;
  readonly recorded_at: string;
  readonly accounting_date: string;
  readonly key_digest: string | null;
  readonly fingerprint: string | null;
  readonly actor: string;
  readonly feature: string | null;
  readonly subject: string | null;
  readonly cites: string | null;
  readonly credits: string;
  readonly unfunded: string | null;
  readonly rate_version: string | null;
  readonly end_user: string | null;
  readonly metadata_hash: string | null;
  readonly detail: string;
  readonly available_after: string;
  readonly held_after: string;
  readonly hash: string;
}

export interface PostingRow {
  readonly seq: string;
  readonly line: number;
  readonly lot_id: string;
  readonly from_bucket: Bucket;
  readonly to_bucket: Bucket;
  readonly credits: string;
  readonly rate_version: string | null;
  readonly share: string | null;
  readonly lot_available_after: string;
  readonly lot_held_after: string;
}

export const ENTRY_COLUMNS = `account_id, seq, hash_version, type, (extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_at,
  (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_at, accounting_date::text AS accounting_date,
  encode(key_digest, 'hex') AS key_digest, encode(fingerprint, 'hex') AS fingerprint, actor, feature, subject, cites, credits, unfunded,
  rate_version, encode(end_user, 'hex') AS end_user, encode(metadata_hash, 'hex') AS metadata_hash, detail::text AS detail,
  available_after, held_after, encode(hash, 'hex') AS hash`;

export const POSTING_COLUMNS = 'seq, line, lot_id, from_bucket, to_bucket, credits, rate_version, share, lot_available_after, lot_held_after';

const NO_CREDITS = '0.000000000';

/** Most entries hold nothing, and nothing need not be parsed. */
function credits(text: string): Amount {
  return text === NO_CREDITS ? ZERO : amount(text);
}

export function entryOf(row: EntryRow, postings: readonly Posting[]): Entry {
  return {
    accountId: row.account_id,
    seq: Number(row.seq),
    hashVersion: row.hash_version,
    type: row.type,
    occurredAt: Number(row.occurred_at),
    recordedAt: Number(row.recorded_at),
    accountingDate: row.accounting_date,
    keyDigest: row.key_digest,
    fingerprint: row.fingerprint,
    actor: row.actor,
    feature: row.feature,
    subject: row.subject,
    cites: row.cites === null ? null : Number(row.cites),
    credits: credits(row.credits),
    unfunded: row.unfunded === null ? null : amount(row.unfunded),
    rateVersion: row.rate_version,
    endUser: row.end_user,
    metadataHash: row.metadata_hash,
    detail: row.detail,
    availableAfter: credits(row.available_after),
    heldAfter: credits(row.held_after),
    hash: row.hash,
    postings,
  };
}

export function postingOf(row: PostingRow): Posting {
  return {
    line: row.line,
    lotId: Number(row.lot_id),
    from: row.from_bucket,
    to: row.to_bucket,
    credits: credits(row.credits),
    rateVersion: row.rate_version,
    share: row.share,
    lotAvailableAfter: credits(row.lot_available_after),
    lotHeldAfter: credits(row.lot_held_after),
  };
}
