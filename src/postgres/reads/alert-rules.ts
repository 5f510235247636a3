import type { DataSource, EntityManager } from 'typeorm';
import { DEFAULT_RULES, type AlertRule } from '../../domain/alert-rule.js';
import { amount } from '../../domain/credits.js';
import type { PastHour } from '../../domain/rehearse-timed.js';

export interface AccountAlertRules {
  readonly rules: readonly AlertRule[];
  /** Whether the account has rules of its own; else they are the service's. */
  readonly own: boolean;
  /** Rules that have fired and are not armed again, by id. Times in milliseconds. */
  readonly fired: ReadonlyMap<string, { readonly seq: number; readonly at: number }>;
}

export async function readAlertRules(database: DataSource | EntityManager, accountId: string): Promise<AccountAlertRules> {
  const [row] = await database.query<{ rules: AlertRule[] }[]>('SELECT rules FROM alert_rules WHERE account_id = $1', [accountId]);
  const fired = await database.query<{ rule_id: string; seq: string; at: Date }[]>(
    'SELECT rule_id, max(seq) AS seq, max(at) AS at FROM alert_fired WHERE account_id = $1 GROUP BY rule_id',
    [accountId],
  );
  return {
    rules: row?.rules ?? DEFAULT_RULES,
    own: row !== undefined,
    fired: new Map(fired.map(({ rule_id: ruleId, seq, at }) => [ruleId, { seq: Number(seq), at: at.getTime() }])),
  };
}

export interface Rehearsal {
  readonly entriesLookedAt: number;
  /** When the first of them was recorded, in milliseconds; null: there is none. */
  readonly from: number | null;
  readonly firings: readonly { readonly seq: number; readonly at: number; readonly threshold: string; readonly balance: string }[];
}

const ENTRIES_LOOKED_AT = 100_000;
const FIRINGS_SHOWN = 100;

/**
 * Where a rule of the balance would have fired, over the account's last entries: `before > threshold >= after`. The threshold
 * of a share follows the purchases as they were allocated; before the first of them there is none.
 */
export async function rehearseBalanceRule(database: DataSource | EntityManager, accountId: string, rule: Pick<AlertRule, 'credits' | 'share'>): Promise<Rehearsal> {
  const rows = await database.query<{ seq: string | null; at: Date | null; threshold: string | null; balance: string | null; entries: string; since: Date | null }[]>(
    `WITH recent AS (
       SELECT seq, recorded_at, type, credits, available_after + held_after AS balance FROM entry
        WHERE account_id = $1 ORDER BY account_id DESC, seq DESC LIMIT ${ENTRIES_LOOKED_AT}
     ), moved AS (
       SELECT *, lag(balance) OVER by_seq AS before, count(*) FILTER (WHERE type = 'allocation') OVER by_seq AS purchases
         FROM recent WINDOW by_seq AS (ORDER BY seq)
     ), measured AS (
       SELECT *, CASE WHEN $2::numeric IS NOT NULL THEN $2::numeric
                      ELSE round($3::numeric * max(credits) FILTER (WHERE type = 'allocation') OVER (PARTITION BY purchases), 9) END AS threshold
         FROM moved
     )
     SELECT c.seq, c.recorded_at AS at, c.threshold, c.balance, s.entries, s.since
       FROM (SELECT count(*) AS entries, min(recorded_at) AS since FROM recent) AS s
       LEFT JOIN (
         SELECT * FROM measured WHERE before > threshold AND balance <= threshold ORDER BY seq DESC LIMIT ${FIRINGS_SHOWN}
       ) AS c ON true ORDER BY c.seq DESC`,
    [accountId, rule.credits ?? null, rule.share ?? null],
  );
  const [first] = rows;
  return {
    entriesLookedAt: Number(first?.entries ?? 0),
    from: first?.since?.getTime() ?? null,
    firings: rows.flatMap(({ seq, at, threshold, balance }) =>
      seq === null || at === null || threshold === null || balance === null ? [] : [{ seq: Number(seq), at: at.getTime(), threshold, balance }],
    ),
  };
}

/** How far back rules on time are rehearsed, in days. */
const DAYS_LOOKED_AT = 90;

export interface PastHours {
  readonly entriesLookedAt: number;
  readonly hours: readonly PastHour[];
}

/** What an account consumed in each hour of its last entries in which it had any, and what was left then. Oldest first. */
export async function readPastHours(database: DataSource | EntityManager, accountId: string, now: number): Promise<PastHours> {
  const rows = await database.query<{ hour: string; entries: string; seq: string; balance: string; consumed: string }[]>(
    `WITH recent AS (
       SELECT seq, date_trunc('hour', recorded_at) AS hour, available_after + held_after AS balance FROM entry
        WHERE account_id = $1 ORDER BY account_id DESC, seq DESC LIMIT ${ENTRIES_LOOKED_AT}
     ), counted AS (
       SELECT hour, seq, balance, (
                SELECT coalesce(sum(CASE WHEN to_bucket = 'consumed' THEN credits ELSE -credits END), 0) FROM posting
                 WHERE account_id = $1 AND posting.seq = recent.seq AND 'consumed' IN (from_bucket, to_bucket)) AS consumed
         FROM recent WHERE hour >= to_timestamp($2::numeric / 1000)
     )
     SELECT (extract(epoch FROM hour) * 1000)::bigint AS hour, count(*) AS entries, max(seq) AS seq,
            (array_agg(balance ORDER BY seq DESC))[1]::text AS balance, sum(consumed)::text AS consumed
       FROM counted GROUP BY hour ORDER BY hour`,
    [accountId, now - DAYS_LOOKED_AT * 24 * 3_600_000],
  );
  return {
    entriesLookedAt: rows.reduce((sum, { entries }) => sum + Number(entries), 0),
    hours: rows.map((row) => ({ hour: Number(row.hour), seq: Number(row.seq), balance: amount(row.balance), consumed: amount(row.consumed) })),
  };
}
