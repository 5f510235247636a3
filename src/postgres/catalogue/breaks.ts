import type { DataSource, EntityManager } from 'typeorm';
import { breakId, type BreakDraft, type BreakKind, type BreakResolution } from '../../domain/break.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import { formatCredits } from '../../domain/credits.js';
import { formatMoney } from '../../domain/money.js';

/** A difference, with whoever looks after it and how it ended. */
export interface Break {
  readonly breakId: string;
  readonly kind: BreakKind;
  readonly reference: string;
  readonly accountId: string | null;
  /** The entry that shows it. */
  readonly seq: number | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly credits: string | null;
  readonly evidence: Readonly<Record<string, string | null>>;
  readonly owner: string;
  readonly openedAt: number;
  readonly resolved: {
    readonly at: number;
    readonly by: string;
    readonly resolution: BreakResolution;
    readonly reason: string;
  } | null;
}

export interface BreakRow {
  readonly break_id: string;
  readonly kind: BreakKind;
  readonly reference: string;
  readonly account_id: string | null;
  readonly seq: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly credits: string | null;
  readonly evidence: Readonly<Record<string, string | null>>;
  readonly owner: string;
  readonly opened_at: Date;
  readonly resolved_at: Date | null;
  readonly resolved_by: string | null;
  readonly resolution: BreakResolution | null;
  readonly reason: string | null;
}

/** Records a difference; one that was found before stays as it was found. Returns its id. */
export async function openBreak(database: DataSource | EntityManager, accountId: string | null, found: BreakDraft, now: number): Promise<string> {
  const { kind, reference, money, credits, evidence } = found;
  await database.query(
    `INSERT INTO break (break_id, kind, reference, account_id, amount, currency, credits, evidence, owner, opened_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'finance', $9) ON CONFLICT ON CONSTRAINT break_once DO NOTHING`,
    [
      breakId(found),
      kind,
      reference,
      accountId,
      money === null ? null : formatMoney(money.amount, money.currency),
      money?.currency ?? null,
      credits === null ? null : formatCredits(credits),
      canonicalJson(evidence),
      new Date(now),
    ],
  );
  return breakId(found);
}

export interface BreakFilter {
  readonly state?: 'open' | 'resolved' | undefined;
  readonly kind?: BreakKind | undefined;
  readonly accountId?: string | undefined;
  readonly reference?: string | undefined;
}

/** As many as one answer lists. */
const LISTED = 500;

/** Oldest first: what has waited longest is looked at first. */
export async function readBreaks(database: DataSource | EntityManager, { state, kind, accountId, reference }: BreakFilter): Promise<Break[]> {
  const rows = await database.query<BreakRow[]>(
    `SELECT * FROM break
      WHERE ($1::text IS NULL OR (resolved_at IS NULL) = ($1 = 'open')) AND ($2::text IS NULL OR kind = $2)
        AND ($3::text IS NULL OR account_id = $3) AND ($4::text IS NULL OR reference = $4)
      ORDER BY opened_at, break_id LIMIT ${LISTED}`,
    [state ?? null, kind ?? null, accountId ?? null, reference ?? null],
  );
  return rows.map(breakOf);
}

export async function readBreak(database: DataSource | EntityManager, id: string): Promise<Break | null> {
  const [row] = await database.query<BreakRow[]>('SELECT * FROM break WHERE break_id = $1', [id]);
  return row === undefined ? null : breakOf(row);
}

/** Says whether it was open. */
export async function assignBreak(database: EntityManager, id: string, owner: string): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    'WITH changed AS (UPDATE break SET owner = $2 WHERE break_id = $1 AND resolved_at IS NULL RETURNING 1) SELECT * FROM changed',
    [id, owner],
  );
  return rows.length === 1;
}

export interface Resolution {
  readonly by: string;
  readonly resolution: BreakResolution;
  readonly reason: string;
  readonly now: number;
}

/** Says whether it was open. */
export async function resolveBreak(database: DataSource | EntityManager, id: string, { by, resolution, reason, now }: Resolution): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    `WITH changed AS (
       UPDATE break SET resolved_at = $2, resolved_by = $3, resolution = $4, reason = $5
        WHERE break_id = $1 AND resolved_at IS NULL RETURNING 1)
     SELECT * FROM changed`,
    [id, new Date(now), by, resolution, reason],
  );
  return rows.length === 1;
}

export function breakOf(row: BreakRow): Break {
  const { resolved_at: at, resolved_by: by, resolution, reason } = row;
  return {
    breakId: row.break_id,
    kind: row.kind,
    reference: row.reference,
    accountId: row.account_id,
    seq: row.seq === null ? null : Number(row.seq),
    amount: row.amount,
    currency: row.currency,
    credits: row.credits,
    evidence: row.evidence,
    owner: row.owner,
    openedAt: row.opened_at.getTime(),
    resolved: at === null || by === null || resolution === null || reason === null ? null : { at: at.getTime(), by, resolution, reason },
  };
}
