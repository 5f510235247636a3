import type { DataSource, EntityManager } from 'typeorm';

/** A rule of the licensee, and what it prepares. Amounts as text, times in milliseconds. */
export interface ReplenishmentRule {
  readonly accountId: string;
  readonly ruleId: string;
  readonly balanceAt: string;
  readonly credits: string;
  readonly createdAt: number;
}

export const PROPOSAL_STATES = ['draft', 'confirmed', 'discarded'] as const;
export interface PurchaseProposal {
  readonly accountId: string;
  readonly proposalId: string;
  readonly ruleId: string;
  readonly credits: string;
  /** The balance for which it was prepared. */
  readonly balance: string;
  readonly state: (typeof PROPOSAL_STATES)[number];
  readonly createdAt: number;
  readonly resolvedAt: number | null;
  readonly purchaseId: string | null;
}

type Database = DataSource | EntityManager;

const NOW = `(SELECT clock_timestamp() + offset_ms * interval '1 millisecond' FROM business_clock)`;

export async function insertRule(database: Database, rule: Omit<ReplenishmentRule, 'createdAt'>, actor: string): Promise<void> {
  await database.query(
    `INSERT INTO replenishment_rule (account_id, rule_id, balance_at, credits, created_at, created_by) VALUES ($1, $2, $3, $4, ${NOW}, $5)`,
    [rule.accountId, rule.ruleId, rule.balanceAt, rule.credits, actor],
  );
}

export async function endRule(database: Database, accountId: string, ruleId: string): Promise<boolean> {
  const ended = await database.query<unknown[]>(
    `WITH ended AS (
       UPDATE replenishment_rule SET ended_at = ${NOW} WHERE account_id = $1 AND rule_id = $2 AND ended_at IS NULL RETURNING 1
     ) SELECT * FROM ended`,
    [accountId, ruleId],
  );
  return ended.length === 1;
}

export async function readRules(database: Database, accountId: string): Promise<ReplenishmentRule[]> {
  const rows = await database.query<{ rule_id: string; balance_at: string; credits: string; created_at: Date }[]>(
    'SELECT * FROM replenishment_rule WHERE account_id = $1 AND ended_at IS NULL ORDER BY created_at, rule_id',
    [accountId],
  );
  return rows.map((row) => ({
    accountId,
    ruleId: row.rule_id,
    balanceAt: row.balance_at,
    credits: row.credits,
    createdAt: row.created_at.getTime(),
  }));
}

/**
 * Prepares a draft for every rule whose account stands at or below it, unless it has one. Each draft is one insert; two
 * instances at once prepare no second one. Returns how many were prepared.
 */
export async function insertDueProposals(database: Database): Promise<number> {
  const [row] = await database.query<{ prepared: string }[]>(
    `WITH prepared AS (
       INSERT INTO purchase_proposal (account_id, proposal_id, rule_id, credits, balance, created_at)
       SELECT r.account_id, gen_random_uuid()::text, r.rule_id, r.credits, s.available + s.held, ${NOW}
         FROM replenishment_rule AS r JOIN account_state AS s USING (account_id)
        WHERE r.ended_at IS NULL AND s.status IN ('active', 'limited', 'suspended') AND s.available + s.held <= r.balance_at
          AND NOT EXISTS (
            SELECT 1 FROM purchase_proposal AS p WHERE p.account_id = r.account_id AND p.rule_id = r.rule_id AND p.state = 'draft'
          )
       ON CONFLICT (account_id, rule_id) WHERE state = 'draft' DO NOTHING
       RETURNING 1
     ) SELECT count(*) AS prepared FROM prepared`,
  );
  return Number(row?.prepared ?? 0);
}

interface ProposalRow {
  readonly account_id: string;
  readonly proposal_id: string;
  readonly rule_id: string;
  readonly credits: string;
  readonly balance: string;
  readonly state: PurchaseProposal['state'];
  readonly created_at: Date;
  readonly resolved_at: Date | null;
  readonly purchase_id: string | null;
}

export async function readProposals(database: Database, accountId: string): Promise<PurchaseProposal[]> {
  const rows = await database.query<ProposalRow[]>(
    'SELECT * FROM purchase_proposal WHERE account_id = $1 ORDER BY created_at DESC, proposal_id LIMIT 200',
    [accountId],
  );
  return rows.map(proposalOf);
}

export async function readProposal(database: Database, accountId: string, proposalId: string): Promise<PurchaseProposal | null> {
  const [row] = await database.query<ProposalRow[]>('SELECT * FROM purchase_proposal WHERE account_id = $1 AND proposal_id = $2', [
    accountId,
    proposalId,
  ]);
  return row === undefined ? null : proposalOf(row);
}

/** Ends a draft. A second end, or another one, changes nothing. */
export async function resolveProposal(
  database: Database,
  { accountId, proposalId }: Pick<PurchaseProposal, 'accountId' | 'proposalId'>,
  end: { readonly state: 'confirmed' | 'discarded'; readonly actor: string; readonly purchaseId: string | null },
): Promise<void> {
  await database.query(
    `UPDATE purchase_proposal SET state = $3, resolved_at = ${NOW}, resolved_by = $4, purchase_id = $5
      WHERE account_id = $1 AND proposal_id = $2 AND state = 'draft'`,
    [accountId, proposalId, end.state, end.actor, end.purchaseId],
  );
}

function proposalOf(row: ProposalRow): PurchaseProposal {
  return {
    accountId: row.account_id,
    proposalId: row.proposal_id,
    ruleId: row.rule_id,
    credits: row.credits,
    balance: row.balance,
    state: row.state,
    createdAt: row.created_at.getTime(),
    resolvedAt: row.resolved_at?.getTime() ?? null,
    purchaseId: row.purchase_id,
  };
}
