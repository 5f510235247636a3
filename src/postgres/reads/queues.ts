import type { DataSource } from 'typeorm';
import { storedDeliveryOf, type DeliveryRow, type StoredDelivery } from './deliveries.js';

/** How far what licensees are told has come. Times are wall time of the database, in milliseconds. */
export interface Queues {
  readonly now: number;
  /** Events that no relay has handed on yet. */
  readonly outbox: { readonly waiting: number; readonly oldestAt: number | null };
  readonly pending: { readonly count: number; readonly due: number; readonly oldestDueAt: number | null };
  readonly parked: { readonly count: number; readonly items: readonly (StoredDelivery & { readonly accountId: string })[] };
}

interface CountsRow {
  readonly now: Date;
  readonly waiting: string;
  readonly oldest_at: Date | null;
  readonly pending: string;
  readonly due: string;
  readonly oldest_due_at: Date | null;
  readonly parked: string;
}

/** Parked deliveries of all accounts that one answer lists, those given up last first. */
const LISTED = 200;

/** From three small partial indexes: what is waiting, pending or parked is little, however many entries there are. */
export async function readQueues(database: DataSource): Promise<Queues> {
  const [counts] = await database.query<[CountsRow]>(
    `SELECT clock_timestamp() AS now, o.*, p.*, g.*
       FROM (SELECT count(*) AS waiting, min(created_at) AS oldest_at FROM outbox WHERE published_at IS NULL) AS o,
            (SELECT count(*) AS pending, count(*) FILTER (WHERE next_attempt_at <= clock_timestamp()) AS due,
                    min(next_attempt_at) FILTER (WHERE next_attempt_at <= clock_timestamp()) AS oldest_due_at
               FROM delivery WHERE state = 'pending') AS p,
            (SELECT count(*) AS parked FROM delivery WHERE state = 'parked') AS g`,
  );
  const rows = await database.query<(DeliveryRow & { readonly account_id: string })[]>(
    `SELECT d.*, o.type FROM (SELECT * FROM delivery WHERE state = 'parked' ORDER BY settled_at DESC, account_id, seq, ordinal LIMIT $1) AS d
       JOIN outbox AS o USING (account_id, seq, ordinal) ORDER BY d.settled_at DESC, d.account_id, d.seq, d.ordinal, d.target_kind, d.target_id`,
    [LISTED],
  );
  return {
    now: counts.now.getTime(),
    outbox: { waiting: Number(counts.waiting), oldestAt: counts.oldest_at?.getTime() ?? null },
    pending: { count: Number(counts.pending), due: Number(counts.due), oldestDueAt: counts.oldest_due_at?.getTime() ?? null },
    parked: { count: Number(counts.parked), items: rows.map((row) => ({ accountId: row.account_id, ...storedDeliveryOf(row) })) },
  };
}
