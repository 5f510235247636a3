import type { LedgerConnection } from '../connection.js';
import { instantText } from '../../domain/calendar.js';
import type { Adjusted, Claimant, Dispute, DisputeOutcome, UnfundedState, UnfundedUsage } from '../../domain/corrections.js';
import { amount, type Amount } from '../../domain/credits.js';
import { usageFrom } from '../../domain/usage.js';
import { PlainColumn, TextColumn, textArray } from './array-literal.js';

interface EntryName {
  readonly accountId: string;
  readonly seq: number;
}

const ADJUSTED = {
  name: 'load-adjusted',
  text: `SELECT n.account_id, (extract(epoch FROM e.recorded_at) * 1000)::bigint, e.credits
    FROM unnest($1::text[]) AS n (account_id)
    JOIN entry AS e ON e.account_id = n.account_id AND e.type = 'adjustment' AND e.recorded_at > $2`,
};

/** Adjustments of accounts since an instant: what the limit counts. */
export async function loadAdjusted(
  connection: LedgerConnection,
  accountIds: readonly string[],
  since: number,
): Promise<{ readonly accountId: string; readonly adjusted: Adjusted }[]> {
  const rows = await connection.run(ADJUSTED, [textArray(accountIds), instantText(since)]);
  return rows.map(([accountId, recordedAt, credits]) => ({
    accountId: accountId as string,
    adjusted: { recordedAt: Number.parseInt(recordedAt as string, 10), credits: amount(credits as string) },
  }));
}

const UNFUNDED = {
  name: 'load-unfunded-usage',
  text: `SELECT n.account_id, n.seq, u.feature, e.detail ->> 'usage', e.detail ->> 'usageBefore', u.share, u.credits, u.open_share, u.state, u.ended_seq
    FROM unnest($1::text[], $2::bigint[]) AS n (account_id, seq)
    JOIN unfunded_usage AS u ON u.account_id = n.account_id AND u.seq = n.seq
    JOIN entry AS e ON e.account_id = n.account_id AND e.seq = n.seq`,
};

export async function loadUnfunded(
  connection: LedgerConnection,
  named: readonly EntryName[],
): Promise<{ readonly accountId: string; readonly unfunded: UnfundedUsage }[]> {
  return (await connection.run(UNFUNDED, nameColumns(named))).map((row) => {
    const text = (column: number): string => row[column] as string;
    const usage = (json: string): UnfundedUsage['usage'] => usageFrom(JSON.parse(json) as Record<string, string>);
    return {
      accountId: text(0),
      unfunded: {
        seq: Number.parseInt(text(1), 10),
        feature: text(2),
        usage: usage(text(3)),
        usageBefore: row[4] == null ? null : usage(row[4]),
        share: amount(text(5)),
        credits: amount(text(6)),
        openShare: amount(text(7)),
        state: text(8) as UnfundedState,
        endedBy: row[9] == null ? null : Number.parseInt(row[9], 10),
      },
    };
  });
}

const SETTLEMENTS = {
  name: 'load-settlements',
  text: `SELECT n.account_id, n.seq, p.lot_id, p.rate_version, p.share, p.credits,
      (SELECT coalesce(sum(given.credits), 0) FROM entry AS r JOIN posting AS given ON given.account_id = r.account_id AND given.seq = r.seq
        WHERE r.account_id = n.account_id AND r.cites = n.seq AND r.type = 'reversal' AND given.lot_id = p.lot_id)
    FROM unnest($1::text[], $2::bigint[]) AS n (account_id, seq)
    JOIN unfunded_usage AS u ON u.account_id = n.account_id AND u.seq = n.seq AND u.state = 'settled'
    JOIN posting AS p ON p.account_id = n.account_id AND p.seq = u.ended_seq`,
};

export interface SettledLeg extends EntryName {
  readonly lotId: number;
  readonly rateVersion: string;
  readonly share: Amount;
  readonly credits: Amount;
  /** What reversals have given back of it. */
  readonly reversed: Amount;
}

/** What settlements paid for the unfunded part of debits and captures. */
export async function loadSettlements(connection: LedgerConnection, named: readonly EntryName[]): Promise<SettledLeg[]> {
  return (await connection.run(SETTLEMENTS, nameColumns(named))).map((row) => {
    const text = (column: number): string => row[column] as string;
    return {
      accountId: text(0),
      seq: Number.parseInt(text(1), 10),
      lotId: Number.parseInt(text(2), 10),
      rateVersion: text(3),
      share: amount(text(4)),
      credits: amount(text(5)),
      reversed: amount(text(6)),
    };
  });
}

const DISPUTES = {
  name: 'load-disputes',
  text: `SELECT n.account_id, d.dispute_id, d.disputed_seq, d.claimant, d.aware_on::text, d.notice_on::text, d.notice_in_time, d.reference,
      d.outcome, d.closed_seq
    FROM unnest($1::text[], $2::text[]) AS n (account_id, dispute_id)
    JOIN dispute AS d ON d.account_id = n.account_id AND d.dispute_id = n.dispute_id`,
};

export async function loadDisputes(
  connection: LedgerConnection,
  named: readonly { readonly accountId: string; readonly disputeId: string }[],
): Promise<{ readonly accountId: string; readonly dispute: Dispute }[]> {
  const accounts = new TextColumn();
  const disputes = new TextColumn();
  for (const { accountId, disputeId } of named) {
    accounts.add(accountId);
    disputes.add(disputeId);
  }
  return (await connection.run(DISPUTES, [accounts.toString(), disputes.toString()])).map((row) => {
    const text = (column: number): string => row[column] as string;
    return {
      accountId: text(0),
      dispute: {
        disputeId: text(1),
        seq: Number.parseInt(text(2), 10),
        claimant: text(3) as Claimant,
        awareOn: text(4),
        noticeOn: text(5),
        noticeInTime: text(6) === 't',
        reference: text(7),
        outcome: row[8] == null ? null : (row[8] as DisputeOutcome),
        closedBy: row[9] == null ? null : Number.parseInt(row[9], 10),
      },
    };
  });
}

function nameColumns(named: readonly EntryName[]): string[] {
  const accounts = new TextColumn();
  const seqs = new PlainColumn();
  for (const { accountId, seq } of named) {
    accounts.add(accountId);
    seqs.add(seq);
  }
  return [accounts.toString(), seqs.toString()];
}
