import type { Client } from 'pg';
import { amount, type Amount } from '../../domain/credits.js';
import type { Claimant, Dispute, DisputeOutcome } from '../../domain/corrections.js';
import type { TransferRow, UnfundedRow } from '../../domain/verification/replay.js';

interface UnfundedText {
  readonly seq: string;
  readonly feature: string;
  readonly accounting_date: string;
  readonly credits: string;
  readonly share: string;
  readonly open_credits: string;
  readonly open_share: string;
  readonly state: string;
  readonly ended_seq: string | null;
  /** `[[seq, type, reversedShare]]` as text. */
  readonly endings: string | null;
}

/** The row and what took from it in one statement: a service that runs on may change both in between. */
const UNFUNDED = `
  SELECT u.seq, u.feature, u.accounting_date::text, u.credits, u.share, u.open_credits, u.open_share, u.state, u.ended_seq,
         (SELECT json_agg(json_build_array(e.seq::text, e.type, e.detail ->> 'reversedShare') ORDER BY e.seq)::text FROM entry AS e
           WHERE e.account_id = u.account_id AND e.cites = u.seq AND e.type IN ('reversal', 'settlement', 'waiver')) AS endings
    FROM unfunded_usage AS u WHERE u.account_id = $1 AND u.seq > $2::bigint AND u.seq <= $3::bigint ORDER BY u.account_id, u.seq`;

/** Unfunded usage that entries of a stretch recorded, by `seq`. */
export async function readUnfundedRows(client: Client, accountId: string, after: number, last: number): Promise<Map<number, UnfundedRow>> {
  const { rows } = await client.query<UnfundedText>({ name: 'verify-unfunded', text: UNFUNDED, values: [accountId, after, last] });
  return new Map(
    rows.map((row) => [
      Number(row.seq),
      {
        feature: row.feature,
        accountingDate: row.accounting_date,
        credits: amount(row.credits),
        share: amount(row.share),
        openCredits: amount(row.open_credits),
        openShare: amount(row.open_share),
        state: row.state,
        endedBy: row.ended_seq === null ? null : Number(row.ended_seq),
        endings: (JSON.parse(row.endings ?? '[]') as [string, string, string | null][]).map(([seq, type, reversedShare]) => ({
          seq: Number(seq),
          type,
          reversedShare,
        })),
      },
    ]),
  );
}

const LEFT = `SELECT encode(key_digest, 'hex') AS key_digest, to_account_id AS other, lot_id AS names, credits FROM transfer
  WHERE account_id = $1 AND seq = $2`;
const ARRIVED = `SELECT encode(key_digest, 'hex') AS key_digest, from_account_id AS other, from_seq AS names, credits FROM transfer_arrival
  WHERE account_id = $1 AND seq = $2`;

export async function readTransferRow(client: Client, accountId: string, seq: number, left: boolean): Promise<TransferRow | null> {
  const { rows } = await client.query<{ key_digest: string; other: string; names: string; credits: string }>({
    name: left ? 'verify-transfer' : 'verify-arrival',
    text: left ? LEFT : ARRIVED,
    values: [accountId, seq],
  });
  const [row] = rows;
  return row === undefined ? null : { keyDigest: row.key_digest, otherAccountId: row.other, names: Number(row.names), credits: amount(row.credits) };
}

const REFUNDED_RETURN = `SELECT credits FROM break WHERE account_id = $1 AND seq = $2 AND kind = 'return-to-refunded-lot'`;

/** Credits of the break that an entry shows by giving back to a refunded lot. */
export async function readRefundedReturn(client: Client, accountId: string, seq: number): Promise<Amount | null> {
  const { rows } = await client.query<{ credits: string }>({ name: 'verify-refunded-return', text: REFUNDED_RETURN, values: [accountId, seq] });
  return rows[0] === undefined ? null : amount(rows[0].credits);
}

export interface DisputeText {
  readonly dispute_id: string;
  readonly disputed_seq: string;
  readonly claimant: string;
  readonly aware_on: string;
  readonly notice_on: string;
  readonly notice_in_time: boolean;
  readonly reference: string;
  readonly outcome: string | null;
  readonly closed_seq: string | null;
}

export const DISPUTES = `
  SELECT dispute_id, disputed_seq, claimant, aware_on::text, notice_on::text, notice_in_time, reference, outcome, closed_seq
    FROM dispute WHERE account_id = $1`;

export function readDispute(row: DisputeText): Dispute {
  return {
    disputeId: row.dispute_id,
    seq: Number(row.disputed_seq),
    claimant: row.claimant as Claimant,
    awareOn: row.aware_on,
    noticeOn: row.notice_on,
    noticeInTime: row.notice_in_time,
    reference: row.reference,
    outcome: row.outcome as DisputeOutcome | null,
    closedBy: row.closed_seq === null ? null : Number(row.closed_seq),
  };
}
