import type { DataSource, EntityManager } from 'typeorm';
import type { Json } from '../../domain/canonical-json.js';

export const ACT_KINDS = ['adjustment', 'attestation', 'period-reopening', 'refund', 'transfer'] as const;
export type ActKind = (typeof ACT_KINDS)[number];

/** Something that one operator asked for, and that another one has to confirm before it is carried out. */
export interface PendingAct {
  readonly actId: string;
  readonly accountId: string;
  readonly kind: ActKind;
  readonly request: Json;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly confirmedBy: string | null;
  readonly confirmedAt: number | null;
  /** The entry that carried it out. */
  readonly seq: number | null;
  readonly declined: Declined | null;
}

interface Declined {
  readonly by: string;
  readonly at: number;
  readonly reason: string;
}

interface ActRow {
  readonly act_id: string;
  readonly account_id: string;
  readonly kind: ActKind;
  readonly request: Json;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly expires_at: Date;
  readonly confirmed_by: string | null;
  readonly confirmed_at: Date | null;
  readonly seq: string | null;
  readonly declined_by: string | null;
  readonly declined_at: Date | null;
  readonly declined_reason: string | null;
}

export async function insertPendingAct(manager: EntityManager, act: PendingAct): Promise<void> {
  await manager.query(
    `INSERT INTO pending_act (act_id, account_id, kind, request, requested_by, requested_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [act.actId, act.accountId, act.kind, JSON.stringify(act.request), act.requestedBy, new Date(act.requestedAt), new Date(act.expiresAt)],
  );
}

/** Oldest first; of one account, or of all. `waitingAt`: only those that wait for a confirmation at that business time. */
export async function readPendingActs(database: DataSource, accountId: string | null, waitingAt: number | null): Promise<PendingAct[]> {
  const rows = await database.query<ActRow[]>(
    `SELECT * FROM pending_act
      WHERE ($1::text IS NULL OR account_id = $1)
        AND ($2::timestamptz IS NULL OR (confirmed_by IS NULL AND declined_by IS NULL AND expires_at > $2))
      ORDER BY requested_at, act_id LIMIT 1000`,
    [accountId, waitingAt === null ? null : new Date(waitingAt)],
  );
  return rows.map(actOf);
}

export async function readPendingAct(database: DataSource | EntityManager, actId: string): Promise<PendingAct | null> {
  const [row] = await database.query<ActRow[]>('SELECT * FROM pending_act WHERE act_id = $1', [actId]);
  return row === undefined ? null : actOf(row);
}

/** Notes who confirms it, unless somebody did or declined it, or its time is over: whoever is first is on record. */
export async function claimPendingAct(database: DataSource, actId: string, confirmedBy: string, now: number): Promise<void> {
  await database.query(
    'UPDATE pending_act SET confirmed_by = $2, confirmed_at = $3 WHERE act_id = $1 AND confirmed_by IS NULL AND declined_by IS NULL AND expires_at > $3',
    [actId, confirmedBy, new Date(now)],
  );
}

/** Says whether it waited: what is confirmed, declined or over cannot be declined. */
export async function declinePendingAct(
  manager: EntityManager,
  actId: string,
  { by, reason, now }: { readonly by: string; readonly reason: string; readonly now: number },
): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `WITH changed AS (
       UPDATE pending_act SET declined_by = $2, declined_at = $3, declined_reason = $4
        WHERE act_id = $1 AND confirmed_by IS NULL AND declined_by IS NULL AND expires_at > $3 RETURNING 1)
     SELECT * FROM changed`,
    [actId, by, new Date(now), reason],
  );
  return rows.length === 1;
}

/** What was confirmed could not be carried out as things stand: it waits for a confirmation again. */
export async function releasePendingAct(database: DataSource, actId: string): Promise<void> {
  await database.query('UPDATE pending_act SET confirmed_by = NULL, confirmed_at = NULL WHERE act_id = $1 AND seq IS NULL', [actId]);
}

export async function finishPendingAct(database: DataSource, actId: string, confirmedBy: string, now: number, seq: number): Promise<void> {
  await database.query(
    'UPDATE pending_act SET seq = $4, confirmed_by = $2, confirmed_at = coalesce(confirmed_at, $3) WHERE act_id = $1 AND seq IS NULL',
    [actId, confirmedBy, new Date(now), seq],
  );
}

function actOf(row: ActRow): PendingAct {
  const { declined_by: by, declined_at: at, declined_reason: reason } = row;
  return {
    actId: row.act_id,
    accountId: row.account_id,
    kind: row.kind,
    request: row.request,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    confirmedBy: row.confirmed_by,
    confirmedAt: row.confirmed_at?.getTime() ?? null,
    seq: row.seq === null ? null : Number(row.seq),
    declined: by === null || at === null || reason === null ? null : { by, at: at.getTime(), reason },
  };
}
