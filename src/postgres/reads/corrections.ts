import type { DataSource, EntityManager } from 'typeorm';
import type { Claimant, DisputeOutcome, UnfundedState } from '../../domain/corrections.js';

export interface UnfundedRecord {
  readonly seq: number;
  readonly feature: string;
  readonly occurredAt: number;
  readonly accountingDate: string;
  readonly usage: Readonly<Record<string, string>>;
  readonly share: string;
  readonly credits: string;
  readonly openCredits: string;
  readonly state: UnfundedState;
  readonly endedBy: number | null;
}

export interface UnfundedFilter {
  readonly state?: UnfundedState | undefined;
  readonly feature?: string | undefined;
  /** Accounting dates, both included. */
  readonly from?: string | undefined;
  readonly through?: string | undefined;
}

const WHERE = `u.account_id = $1 AND ($2::text IS NULL OR u.state = $2) AND ($3::text IS NULL OR u.feature = $3)
  AND ($4::date IS NULL OR u.accounting_date >= $4) AND ($5::date IS NULL OR u.accounting_date <= $5)`;

function valuesOf(accountId: string, { state, feature, from, through }: UnfundedFilter): unknown[] {
  return [accountId, state ?? null, feature ?? null, from ?? null, through ?? null];
}

/** As many as one answer lists; the report sums up all. */
const LISTED = 1_000;

/** Usage that no credit was there for, newest first. */
export async function readUnfundedUsage(database: DataSource | EntityManager, accountId: string, filter: UnfundedFilter): Promise<UnfundedRecord[]> {
  const rows = await database.query<
    {
      seq: string;
      feature: string;
      occurred_at: Date;
      accounting_date: string;
      usage: Record<string, string>;
      share: string;
      credits: string;
      open_credits: string;
      state: UnfundedState;
      ended_seq: string | null;
    }[]
  >(
    `SELECT u.seq, u.feature, u.occurred_at, u.accounting_date::text AS accounting_date, e.detail -> 'usage' AS usage, u.share, u.credits,
            u.open_credits, u.state, u.ended_seq
       FROM unfunded_usage AS u JOIN entry AS e ON e.account_id = u.account_id AND e.seq = u.seq
      WHERE ${WHERE} ORDER BY u.seq DESC LIMIT ${LISTED}`,
    valuesOf(accountId, filter),
  );
  return rows.map((row) => ({
    seq: Number(row.seq),
    feature: row.feature,
    occurredAt: row.occurred_at.getTime(),
    accountingDate: row.accounting_date,
    usage: row.usage,
    share: row.share,
    credits: row.credits,
    openCredits: row.open_credits,
    state: row.state,
    endedBy: row.ended_seq === null ? null : Number(row.ended_seq),
  }));
}

export interface UnfundedSum {
  /** As `2026-03`. */
  readonly month: string;
  readonly feature: string;
  readonly state: UnfundedState;
  readonly actions: number;
  readonly credits: string;
  readonly openCredits: string;
}

/** Unfunded usage per month of its accounting date, feature and state. */
export async function reportUnfundedUsage(database: DataSource | EntityManager, accountId: string, filter: UnfundedFilter): Promise<UnfundedSum[]> {
  const rows = await database.query<{ month: string; feature: string; state: UnfundedState; actions: string; credits: string; open_credits: string }[]>(
    `SELECT to_char(u.accounting_date, 'YYYY-MM') AS month, u.feature, u.state, count(*) AS actions, sum(u.credits) AS credits,
            sum(u.open_credits) AS open_credits
       FROM unfunded_usage AS u WHERE ${WHERE} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    valuesOf(accountId, filter),
  );
  return rows.map(({ open_credits, actions, ...row }) => ({ ...row, actions: Number(actions), openCredits: open_credits }));
}

export interface DisputeRecord {
  readonly disputeId: string;
  readonly seq: number;
  readonly claimant: Claimant;
  readonly awareOn: string;
  readonly noticeOn: string;
  readonly noticeInTime: boolean;
  readonly reference: string;
  readonly openedAt: number;
  readonly outcome: DisputeOutcome | null;
  readonly closedBy: number | null;
}

export async function readDisputes(database: DataSource | EntityManager, accountId: string): Promise<DisputeRecord[]> {
  const rows = await database.query<
    {
      dispute_id: string;
      disputed_seq: string;
      claimant: Claimant;
      aware_on: string;
      notice_on: string;
      notice_in_time: boolean;
      reference: string;
      opened_at: Date;
      outcome: DisputeOutcome | null;
      closed_seq: string | null;
    }[]
  >(
    `SELECT dispute_id, disputed_seq, claimant, aware_on::text AS aware_on, notice_on::text AS notice_on, notice_in_time, reference, opened_at,
            outcome, closed_seq
       FROM dispute WHERE account_id = $1 ORDER BY seq`,
    [accountId],
  );
  return rows.map((row) => ({
    disputeId: row.dispute_id,
    seq: Number(row.disputed_seq),
    claimant: row.claimant,
    awareOn: row.aware_on,
    noticeOn: row.notice_on,
    noticeInTime: row.notice_in_time,
    reference: row.reference,
    openedAt: row.opened_at.getTime(),
    outcome: row.outcome,
    closedBy: row.closed_seq === null ? null : Number(row.closed_seq),
  }));
}

export interface TransferRecord {
  readonly direction: 'out' | 'in';
  readonly seq: number;
  readonly otherAccountId: string;
  readonly credits: string;
  /** Whether its other half is there. */
  readonly whole: boolean;
}

/** Consented transfers out of an account and into it (P7). */
export async function readTransfers(database: DataSource | EntityManager, accountId: string): Promise<TransferRecord[]> {
  const rows = await database.query<{ direction: 'out' | 'in'; seq: string; other: string; credits: string; whole: boolean }[]>(
    `SELECT 'out' AS direction, t.seq, t.to_account_id AS other, t.credits,
            EXISTS (SELECT FROM transfer_arrival AS a WHERE a.account_id = t.to_account_id AND a.from_account_id = t.account_id AND a.from_seq = t.seq) AS whole
       FROM transfer AS t WHERE t.account_id = $1
     UNION ALL
     SELECT 'in', a.seq, a.from_account_id, a.credits,
            EXISTS (SELECT FROM transfer AS t WHERE t.account_id = a.from_account_id AND t.seq = a.from_seq)
       FROM transfer_arrival AS a WHERE a.account_id = $1
     ORDER BY 2`,
    [accountId],
  );
  return rows.map(({ other, seq, ...row }) => ({ ...row, seq: Number(seq), otherAccountId: other }));
}
