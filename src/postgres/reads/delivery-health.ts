import type { DataSource } from 'typeorm';
import { TARGET_KINDS, type TargetKind } from '../catalogue/relay.js';

/** How far telling lags behind what happened. Ages in seconds of the database's clock; 0 where there is nothing. */
export interface DeliveryHealth {
  /** Events that were not handed to the queue yet, and how old the oldest of them is. */
  readonly outboxWaiting: number;
  readonly outboxLagSeconds: number;
  /** Deliveries to contacts and to endpoints. */
  readonly of: Readonly<Record<TargetKind, KindHealth>>;
}

export interface KindHealth {
  readonly pending: number;
  /** Of the oldest event that still has to reach one of these, however often it was tried. */
  readonly oldestPendingSeconds: number;
  /** Given up, until somebody replays them. */
  readonly parked: number;
}

/** Reads two partial indexes: what is settled costs nothing, however much it is. */
export async function readDeliveryHealth(database: DataSource): Promise<DeliveryHealth> {
  const [outbox] = await database.query<{ waiting: string; lag: string }[]>(
    `SELECT count(*) AS waiting, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS lag FROM outbox WHERE published_at IS NULL`,
  );
  const rows = await database.query<{ target_kind: TargetKind; pending: string; oldest: string; parked: string }[]>(
    `SELECT target_kind, sum(pending) AS pending, coalesce(max(oldest), 0) AS oldest, sum(parked) AS parked FROM (
       SELECT target_kind, count(*) AS pending, extract(epoch FROM clock_timestamp() - min(created_at)) AS oldest, 0 AS parked
         FROM delivery WHERE state = 'pending' GROUP BY target_kind
       UNION ALL
       SELECT target_kind, 0, NULL, count(*) FROM delivery WHERE state = 'parked' GROUP BY target_kind
     ) AS open GROUP BY target_kind`,
  );
  const healthOf = (kind: TargetKind): KindHealth => {
    const row = rows.find(({ target_kind: of }) => of === kind);
    return { pending: Number(row?.pending ?? 0), oldestPendingSeconds: seconds(row?.oldest), parked: Number(row?.parked ?? 0) };
  };
  return {
    outboxWaiting: Number(outbox?.waiting ?? 0),
    outboxLagSeconds: seconds(outbox?.lag),
    of: Object.fromEntries(TARGET_KINDS.map((kind) => [kind, healthOf(kind)])) as Record<TargetKind, KindHealth>,
  };
}

/** Three decimals, and never below zero: the clock of the database may have been set back. */
function seconds(text: string | undefined): number {
  return Math.max(0, Math.round(Number(text ?? 0) * 1_000) / 1_000);
}
