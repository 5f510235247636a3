import type { LedgerConnection } from '../connection.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import type { Entry } from '../../domain/entry.js';
import { BytesColumn, PlainColumn, TextColumn } from './array-literal.js';

/**
 * Arrays are unnested side by side in the select list: as columns of one `unnest(...)` in FROM they would be put into a store
 * of rows first, which costs the server a seventh of an insert.
 */
const APPEND_ENTRIES = {
  name: 'append-entries',
  text: `INSERT INTO entry (account_id, seq, hash_version, type, occurred_at, recorded_at, accounting_date, key_digest, fingerprint,
      actor, feature, subject, cites, credits, unfunded, rate_version, end_user, metadata_hash, detail, available_after, held_after, hash)
    SELECT unnest($1::text[]), unnest($2::bigint[]), unnest($3::smallint[]), unnest($4::text[]), unnest($5::timestamptz[]),
      unnest($6::timestamptz[]), unnest($7::date[]), unnest($8::bytea[]), unnest($9::bytea[]), unnest($10::text[]),
      unnest($11::text[]), unnest($12::text[]), unnest($13::bigint[]), unnest($14::numeric[]), unnest($15::numeric[]),
      unnest($16::text[]), unnest($17::bytea[]), unnest($18::bytea[]), unnest($19::json[]), unnest($20::numeric[]),
      unnest($21::numeric[]), unnest($22::bytea[])`,
};

/** Writes entries, in order of `seq` per account. The unique key of the account refuses a second entry under one key. */
export async function appendEntries(connection: LedgerConnection, entries: readonly Entry[]): Promise<void> {
  const account = new TextColumn();
  const seq = new PlainColumn();
  const hashVersion = new PlainColumn();
  const type = new PlainColumn();
  const occurredAt = new PlainColumn();
  const recordedAt = new PlainColumn();
  const accountingDate = new PlainColumn();
  const keyDigest = new BytesColumn();
  const fingerprint = new BytesColumn();
  const actor = new TextColumn();
  const feature = new TextColumn();
  const subject = new TextColumn();
  const cites = new PlainColumn();
  const credits = new PlainColumn();
  const unfunded = new PlainColumn();
  const rateVersion = new TextColumn();
  const endUser = new BytesColumn();
  const metadataHash = new BytesColumn();
  const detail = new TextColumn();
  const availableAfter = new PlainColumn();
  const heldAfter = new PlainColumn();
  const hash = new BytesColumn();
  for (const entry of entries) {
    account.add(entry.accountId);
    seq.add(entry.seq);
    hashVersion.add(entry.hashVersion);
    type.add(entry.type);
    occurredAt.add(instantText(entry.occurredAt));
    recordedAt.add(instantText(entry.recordedAt));
    accountingDate.add(entry.accountingDate);
    keyDigest.add(entry.keyDigest);
    fingerprint.add(entry.fingerprint);
    actor.add(entry.actor);
    feature.add(entry.feature);
    subject.add(entry.subject);
    cites.add(entry.cites);
    credits.add(formatCredits(entry.credits));
    unfunded.add(entry.unfunded === null ? null : formatCredits(entry.unfunded));
    rateVersion.add(entry.rateVersion);
    endUser.add(entry.endUser);
    metadataHash.add(entry.metadataHash);
    detail.add(entry.detail);
    availableAfter.add(formatCredits(entry.availableAfter));
    heldAfter.add(formatCredits(entry.heldAfter));
    hash.add(entry.hash);
  }
  const columns = [
    account, seq, hashVersion, type, occurredAt, recordedAt, accountingDate, keyDigest, fingerprint, actor, feature,
    subject, cites, credits, unfunded, rateVersion, endUser, metadataHash, detail, availableAfter, heldAfter, hash,
  ];
  await connection.run(APPEND_ENTRIES, columns.map(String));
}
