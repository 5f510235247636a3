import type { DataSource, EntityManager } from 'typeorm';
import type { EventType } from '../../domain/event.js';
import type { DeliveryState } from '../catalogue/deliveries.js';
import type { TargetKind } from '../catalogue/relay.js';

/** One event on its way to one contact or endpoint, and what became of it. Times are wall time in milliseconds. */
export interface StoredDelivery {
  readonly seq: number;
  readonly ordinal: number;
  readonly messageId: string;
  readonly type: EventType;
  readonly target: { readonly kind: TargetKind; readonly id: string };
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly lastExcerpt: string | null;
  readonly createdAt: number;
  readonly nextAttemptAt: number;
  readonly settledAt: number | null;
}

export interface DeliveryRow {
  readonly seq: string;
  readonly ordinal: number;
  readonly message_id: string;
  readonly type: EventType;
  readonly target_kind: TargetKind;
  readonly target_id: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly last_status: number | null;
  readonly last_excerpt: string | null;
  readonly created_at: Date;
  readonly next_attempt_at: Date;
  readonly settled_at: Date | null;
}

/** An account's deliveries in one state, newest first, at most 200. */
export async function readDeliveries(database: DataSource | EntityManager, accountId: string, state: DeliveryState): Promise<StoredDelivery[]> {
  const rows = await database.query<DeliveryRow[]>(
    `SELECT d.*, o.type FROM delivery AS d JOIN outbox AS o USING (account_id, seq, ordinal)
      WHERE d.account_id = $1 AND d.state = $2 ORDER BY d.seq DESC, d.ordinal DESC, d.target_kind, d.target_id LIMIT 200`,
    [accountId, state],
  );
  return rows.map(storedDeliveryOf);
}

export function storedDeliveryOf(row: DeliveryRow): StoredDelivery {
  return {
    seq: Number(row.seq),
    ordinal: row.ordinal,
    messageId: row.message_id,
    type: row.type,
    target: { kind: row.target_kind, id: row.target_id },
    state: row.state,
    attempts: row.attempts,
    lastStatus: row.last_status,
    lastExcerpt: row.last_excerpt,
    createdAt: row.created_at.getTime(),
    nextAttemptAt: row.next_attempt_at.getTime(),
    settledAt: row.settled_at?.getTime() ?? null,
  };
}
