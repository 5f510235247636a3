import type { LedgerConnection } from '../connection.js';
import type { Booked } from '../../domain/booking.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits, formatShare } from '../../domain/credits.js';
import type { Entry } from '../../domain/entry.js';
import { openCredits, unfundedUsageOf } from '../../domain/unfunded.js';
import { PlainColumn, TextColumn } from './array-literal.js';

const INSERT_UNFUNDED = {
  name: 'insert-unfunded-usage',
  text: `INSERT INTO unfunded_usage (account_id, seq, feature, occurred_at, recorded_at, accounting_date, credits, share, open_credits, open_share, state)
    SELECT n.account_id, n.seq, n.feature, n.occurred_at, n.recorded_at, n.accounting_date, n.credits, n.share, n.credits, n.share, 'open'
    FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::date[], $7::numeric[], $8::numeric[])
      AS n (account_id, seq, feature, occurred_at, recorded_at, accounting_date, credits, share)`,
};

/** The list of usage that no credit was there for. A debit that was funded whole has no part in it, and pays nothing for it. */
export async function insertUnfunded(connection: LedgerConnection, entries: readonly Entry[]): Promise<void> {
  const account = new TextColumn();
  const seq = new PlainColumn();
  const feature = new TextColumn();
  const occurredAt = new PlainColumn();
  const recordedAt = new PlainColumn();
  const accountingDate = new PlainColumn();
  const credits = new PlainColumn();
  const share = new PlainColumn();
  for (const entry of entries) {
    const unfunded = unfundedUsageOf(entry);
    if (unfunded === null) continue;
    account.add(entry.accountId);
    seq.add(entry.seq);
    feature.add(unfunded.feature);
    occurredAt.add(instantText(entry.occurredAt));
    recordedAt.add(instantText(entry.recordedAt));
    accountingDate.add(entry.accountingDate);
    credits.add(formatCredits(unfunded.credits));
    share.add(formatShare(unfunded.share));
  }
  await connection.run(INSERT_UNFUNDED, [account, seq, feature, occurredAt, recordedAt, accountingDate, credits, share].map(String));
}

const UPDATE_UNFUNDED = {
  name: 'update-unfunded-usage',
  text: `UPDATE unfunded_usage SET open_credits = $3, open_share = $4, state = $5, ended_seq = $6 WHERE account_id = $1 AND seq = $2`,
};
const DISPUTE = {
  name: 'insert-dispute',
  text: `INSERT INTO dispute (account_id, dispute_id, seq, disputed_seq, claimant, aware_on, notice_on, notice_in_time, reference, opened_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
};
const CLOSE_DISPUTE = {
  name: 'close-dispute',
  text: 'UPDATE dispute SET outcome = $3, closed_seq = $4, closed_at = $5 WHERE account_id = $1 AND dispute_id = $2',
};
const TRANSFER = {
  name: 'insert-transfer',
  text: `INSERT INTO transfer (account_id, seq, key_digest, lot_id, to_account_id, credits, recorded_at)
    VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7)`,
};
const ARRIVAL = {
  name: 'insert-transfer-arrival',
  text: `INSERT INTO transfer_arrival (account_id, seq, key_digest, from_account_id, from_seq, credits)
    VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6)`,
};

/** What corrections change besides lots and balances: adds the statements to those under way. */
export function writeCorrections(connection: LedgerConnection, { entry, effects }: Booked, writes: Promise<unknown>[]): void {
  const { accountId, seq } = entry;
  const { unfunded, dispute, transfer, arrival } = effects;
  if (unfunded !== undefined) {
    const open = [formatCredits(openCredits(unfunded)), formatShare(unfunded.openShare)];
    writes.push(connection.run(UPDATE_UNFUNDED, [accountId, unfunded.seq, ...open, unfunded.state, unfunded.endedBy]));
  }
  if (dispute?.outcome === null) {
    const { disputeId, claimant, awareOn, noticeOn, noticeInTime, reference } = dispute;
    const values = [accountId, disputeId, seq, dispute.seq, claimant, awareOn, noticeOn, String(noticeInTime), reference, instantText(entry.recordedAt)];
    writes.push(connection.run(DISPUTE, values));
  } else if (dispute !== undefined) {
    writes.push(connection.run(CLOSE_DISPUTE, [accountId, dispute.disputeId, dispute.outcome, seq, instantText(entry.recordedAt)]));
  }
  if (transfer !== undefined) {
    const values = [accountId, seq, entry.keyDigest, transfer.lotId, transfer.toAccountId, formatCredits(transfer.credits), instantText(entry.recordedAt)];
    writes.push(connection.run(TRANSFER, values));
  }
  if (arrival !== undefined) {
    const values = [accountId, seq, entry.keyDigest, arrival.fromAccountId, arrival.fromSeq, formatCredits(entry.credits)];
    writes.push(connection.run(ARRIVAL, values));
  }
}
