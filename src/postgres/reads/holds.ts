import type { DataSource, EntityManager } from 'typeorm';
import type { HoldState } from '../../domain/hold.js';

/** A hold as it stands. Amounts as text, times in milliseconds. */
export interface HoldRecord {
  readonly holdId: string;
  readonly state: HoldState;
  readonly feature: string;
  readonly billing: string;
  readonly placedSeq: number;
  readonly placedAt: number;
  readonly expiresAt: number;
  readonly maxCapture: string | null;
  readonly legs: readonly { readonly lotId: string; readonly rateVersion: string; readonly held: string }[];
  readonly usage: Readonly<Record<string, string>>;
  readonly captured: string;
}

interface Row {
  readonly hold_id: string;
  readonly state: HoldState;
  readonly feature: string;
  readonly billing: string;
  readonly placed_seq: string;
  readonly placed_at: Date;
  readonly expires_at: Date;
  readonly max_capture: string | null;
  readonly legs: HoldRecord['legs'];
  readonly usage: HoldRecord['usage'];
  readonly captured: string;
}

/** Holds of an account by id, after one of them; at most `limit`. */
export async function readHoldPage(
  database: DataSource | EntityManager,
  { accountId, after, limit, state }: { readonly accountId: string; readonly after: string; readonly limit: number; readonly state: HoldState | null },
): Promise<HoldRecord[]> {
  const rows = await database.query<Row[]>(
    `SELECT * FROM hold WHERE account_id = $1 AND hold_id > $2 AND ($3::text IS NULL OR state = $3) ORDER BY hold_id LIMIT $4`,
    [accountId, after, state, limit],
  );
  return rows.map(recordOf);
}

export async function readHold(database: DataSource | EntityManager, accountId: string, holdId: string): Promise<HoldRecord | null> {
  const [row] = await database.query<Row[]>('SELECT * FROM hold WHERE account_id = $1 AND hold_id = $2', [accountId, holdId]);
  return row === undefined ? null : recordOf(row);
}

function recordOf(row: Row): HoldRecord {
  return {
    holdId: row.hold_id,
    state: row.state,
    feature: row.feature,
    billing: row.billing,
    placedSeq: Number(row.placed_seq),
    placedAt: row.placed_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    maxCapture: row.max_capture,
    legs: row.legs,
    usage: row.usage,
    captured: row.captured,
  };
}
