import type { DataSource, EntityManager } from 'typeorm';
import type { LedgerEvent } from '../../domain/event.js';

/** One event on its way to one contact or endpoint. */
export interface Target {
  readonly kind: TargetKind;
  readonly id: string;
}
export const TARGET_KINDS = ['mail', 'webhook'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** What names a place in the outbox. */
export type Place = Pick<LedgerEvent, 'accountId' | 'seq' | 'ordinal'>;

/**
 * Takes events that nobody has handed on, oldest first, for so many milliseconds: whoever dies with them leaves them to the
 * next one. One relay takes at a time, until its transaction ends: another that took an account's later event meanwhile could
 * have it delivered before the earlier one is there.
 */
export async function claimEvents(manager: EntityManager, limit: number, forMs: number): Promise<LedgerEvent[]> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('relay', 0))`);
  const rows = await manager.query<{ body: LedgerEvent }[]>(
    `WITH claimed AS (
       UPDATE outbox AS o SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond'
         FROM (
           SELECT account_id, seq, ordinal FROM outbox
            WHERE published_at IS NULL AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
            ORDER BY created_at, account_id, seq, ordinal LIMIT $1 FOR UPDATE SKIP LOCKED
         ) AS free
        WHERE o.account_id = free.account_id AND o.seq = free.seq AND o.ordinal = free.ordinal
       RETURNING o.body, o.created_at, o.account_id, o.seq, o.ordinal
     ) SELECT body FROM claimed ORDER BY created_at, account_id, seq, ordinal`,
    [limit, forMs],
  );
  return rows.map(({ body }) => body);
}

/** One row for each event and target; those that are there stay as they are, so that a second relay changes nothing. */
export async function insertDeliveries(manager: EntityManager, wanted: readonly { readonly event: LedgerEvent; readonly target: Target }[]): Promise<void> {
  if (wanted.length === 0) return;
  await manager.query(
    `INSERT INTO delivery (account_id, seq, ordinal, target_kind, target_id, message_id)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::uuid[]) ON CONFLICT DO NOTHING`,
    [
      wanted.map(({ event }) => event.accountId),
      wanted.map(({ event }) => event.seq),
      wanted.map(({ event }) => event.ordinal),
      wanted.map(({ target }) => target.kind),
      wanted.map(({ target }) => target.id),
      wanted.map(({ event }) => event.id),
    ],
  );
}

/**
 * The events are in the queue, or have nobody to go to: the relay does not look at them again. But for those whose claim is gone: a
 * crash of the database took it away with the deliveries (their commits do not wait for the disk), and they are to be claimed again.
 */
export async function markPublished(database: DataSource, places: readonly Place[]): Promise<void> {
  await database.query(
    `UPDATE outbox AS o SET published_at = clock_timestamp() FROM unnest($1::text[], $2::bigint[], $3::integer[]) AS p (account_id, seq, ordinal)
      WHERE o.account_id = p.account_id AND o.seq = p.seq AND o.ordinal = p.ordinal AND o.claimed_until IS NOT NULL`,
    [places.map(({ accountId }) => accountId), places.map(({ seq }) => seq), places.map(({ ordinal }) => ordinal)],
  );
}

export interface QueuedMessage {
  readonly id: string;
  readonly accountId: string;
}

/**
 * Messages with a delivery that has been due for so long that no worker seems to know of it: the queue was emptied, or its
 * job was lost. At most `limit`, the longest due first.
 */
export async function readForgotten(database: DataSource, forMs: number, limit: number): Promise<QueuedMessage[]> {
  const rows = await database.query<{ message_id: string; account_id: string }[]>(
    `SELECT DISTINCT ON (account_id, message_id) account_id, message_id FROM (
       SELECT account_id, message_id FROM delivery
        WHERE state = 'pending' AND next_attempt_at < clock_timestamp() - $1 * interval '1 millisecond'
        ORDER BY next_attempt_at LIMIT $2
     ) AS due ORDER BY account_id, message_id`,
    [forMs, limit],
  );
  return rows.map(({ message_id: id, account_id: accountId }) => ({ id, accountId }));
}
