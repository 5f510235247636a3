import type { LedgerConnection, Row } from '../connection.js';
import { amount } from '../../domain/credits.js';
import type { Entry, EntryType, Posting } from '../../domain/entry.js';
import type { Bucket } from '../../domain/lot.js';
import { PlainColumn, TextColumn } from './array-literal.js';

const NAMED = 'unnest($1::text[], $2::bigint[]) AS n (account_id, seq)';

const ENTRIES = {
  name: 'read-entries',
  text: `SELECT n.account_id, e.seq, hash_version, type, (extract(epoch FROM occurred_at) * 1000)::bigint,
      (extract(epoch FROM recorded_at) * 1000)::bigint, accounting_date, encode(key_digest, 'hex'), encode(fingerprint, 'hex'), actor,
      feature, subject, cites, credits, unfunded, rate_version, encode(end_user, 'hex'), encode(metadata_hash, 'hex'), detail,
      available_after, held_after, encode(hash, 'hex')
    FROM ${NAMED} JOIN entry AS e ON e.account_id = n.account_id AND e.seq = n.seq`,
};

const POSTINGS = {
  name: 'read-postings',
  text: `SELECT n.account_id, p.seq, line, lot_id, from_bucket, to_bucket, credits, rate_version, share, lot_available_after, lot_held_after
    FROM ${NAMED} JOIN posting AS p ON p.account_id = n.account_id AND p.seq = n.seq ORDER BY n.account_id, p.seq, line`,
};

/**
 * Entries with their postings, as they were written: what a replay is answered from. Each once, however often it is named:
 * several callers may ask for the same one in one batch.
 */
export async function readEntries(
  connection: LedgerConnection,
  named: readonly { readonly accountId: string; readonly seq: number }[],
): Promise<Entry[]> {
  const accounts = new TextColumn();
  const seqs = new PlainColumn();
  const distinct = new Map(named.map((one) => [`${one.seq}/${one.accountId}`, one]));
  for (const { accountId, seq } of distinct.values()) {
    accounts.add(accountId);
    seqs.add(seq);
  }
  const values = [accounts.toString(), seqs.toString()];
  const [entries, postings] = await Promise.all([connection.run(ENTRIES, values), connection.run(POSTINGS, values)]);
  const ofEntry = new Map<string, Posting[]>();
  for (const row of postings) {
    const key = `${String(row[1])}/${String(row[0])}`;
    const lines = ofEntry.get(key);
    if (lines === undefined) ofEntry.set(key, [readPosting(row)]);
    else lines.push(readPosting(row));
  }
  return entries.map((row) => readEntry(row, ofEntry.get(`${String(row[1])}/${String(row[0])}`) ?? []));
}

function readEntry(row: Row, postings: readonly Posting[]): Entry {
  const text = (column: number): string => row[column] as string;
  const integer = (column: number): number => Number.parseInt(text(column), 10);
  return {
    accountId: text(0),
    seq: integer(1),
    hashVersion: integer(2),
    type: text(3) as EntryType,
    occurredAt: integer(4),
    recordedAt: integer(5),
    accountingDate: text(6),
    keyDigest: row[7] ?? null,
    fingerprint: row[8] ?? null,
    actor: text(9),
    feature: row[10] ?? null,
    subject: row[11] ?? null,
    cites: row[12] == null ? null : integer(12),
    credits: amount(text(13)),
    unfunded: row[14] == null ? null : amount(row[14]),
    rateVersion: row[15] ?? null,
    endUser: row[16] ?? null,
    metadataHash: row[17] ?? null,
    detail: text(18),
    availableAfter: amount(text(19)),
    heldAfter: amount(text(20)),
    hash: text(21),
    postings,
  };
}

function readPosting(row: Row): Posting {
  const text = (column: number): string => row[column] as string;
  return {
    line: Number.parseInt(text(2), 10),
    lotId: Number.parseInt(text(3), 10),
    from: text(4) as Bucket,
    to: text(5) as Bucket,
    credits: amount(text(6)),
    rateVersion: row[7] ?? null,
    share: row[8] ?? null,
    lotAvailableAfter: amount(text(9)),
    lotHeldAfter: amount(text(10)),
  };
}
