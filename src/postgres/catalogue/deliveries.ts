import type { DataSource } from 'typeorm';
import type { LedgerEvent } from '../../domain/event.js';
import type { Place, Target, TargetKind } from './relay.js';

export const DELIVERY_STATES = ['pending', 'delivered', 'parked', 'dropped'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A delivery that is due, with its whole event. */
export interface DueDelivery {
  readonly event: LedgerEvent;
  readonly target: Target;
  readonly attempts: number;
}

/** Answers that say "not now" of a target as a whole, and nothing about the message. Mail servers say nothing else. */
const TARGET_IS_DOWN: readonly number[] = [408, 421, 429, 502, 503, 504];
const SAID_DOWN = `(last_status IS NULL OR target_kind = 'mail' OR last_status IN (${TARGET_IS_DOWN.join()}))`;

export function isDown({ kind }: Target, status: number | null): boolean {
  return status === null || kind === 'mail' || TARGET_IS_DOWN.includes(status);
}

/** One worker at a time delivers for an account: for each of these, whether this one may, until the lease runs out. */
export async function leaseLanes(database: DataSource, accountIds: readonly string[], holder: string, forMs: number): Promise<boolean[]> {
  // In order: two workers that want the same accounts wait for each other, and not in a circle.
  const rows = await database.query<{ account_id: string }[]>(
    `INSERT INTO delivery_lane AS l (account_id, holder, leased_until)
     SELECT account_id, $2, clock_timestamp() + $3 * interval '1 millisecond' FROM unnest($1::text[]) AS a (account_id) ORDER BY account_id COLLATE "C"
     ON CONFLICT (account_id) DO UPDATE SET holder = excluded.holder, leased_until = excluded.leased_until
       WHERE l.leased_until < clock_timestamp() OR l.holder = excluded.holder
     RETURNING account_id`,
    [accountIds, holder, forMs],
  );
  const leased = new Set(rows.map(({ account_id: accountId }) => accountId));
  return accountIds.map((accountId) => leased.has(accountId));
}

export async function freeLanes(database: DataSource, accountIds: readonly string[], holder: string): Promise<void> {
  await database.query(
    `UPDATE delivery_lane AS l SET leased_until = '-infinity'
       FROM (SELECT account_id FROM delivery_lane WHERE account_id = ANY ($1::text[]) AND holder = $2 ORDER BY account_id FOR NO KEY UPDATE) AS held
      WHERE l.account_id = held.account_id`,
    [accountIds, holder],
  );
}

interface DueRow {
  readonly as_of: string;
  readonly nr: number;
  /** Null: something of the account waits for another attempt. */
  readonly body: LedgerEvent | null;
  readonly target_kind: TargetKind;
  readonly target_id: string;
  readonly attempts: number;
}

/** What is due of an account, oldest first, and whether some of it waits for another attempt. */
export interface Due {
  readonly due: readonly DueDelivery[];
  readonly othersWait: boolean;
  /** The instant at which this was so, by the database's clock. Null: there is nothing pending. */
  readonly asOf: string | null;
}

/** What is due of each account, at most `limit` of each: all of it as of one instant, so that of two that come due together none is alone. */
export async function readDue(database: DataSource, accountIds: readonly string[], limit: number): Promise<Due[]> {
  const rows = await database.query<DueRow[]>(
    `SELECT statement_timestamp()::text AS as_of, a.nr::integer AS nr, d.body, d.target_kind, d.target_id, d.attempts
       FROM unnest($1::text[]) WITH ORDINALITY AS a (account_id, nr) CROSS JOIN LATERAL (
         (SELECT d.seq, d.ordinal, o.body, d.target_kind, d.target_id, d.attempts
            FROM delivery AS d JOIN outbox AS o USING (account_id, seq, ordinal)
           WHERE d.account_id = a.account_id AND d.state = 'pending' AND d.next_attempt_at <= statement_timestamp()
           ORDER BY d.account_id, d.seq, d.ordinal, d.target_kind, d.target_id LIMIT $2)
         UNION ALL
         (SELECT NULL, NULL, NULL, NULL, NULL, NULL FROM delivery
           WHERE account_id = a.account_id AND state = 'pending' AND next_attempt_at > statement_timestamp() LIMIT 1)
       ) AS d ORDER BY a.nr, d.seq, d.ordinal, d.target_kind, d.target_id`,
    [accountIds, limit],
  );
  const of = accountIds.map((): DueRow[] => []);
  for (const row of rows) of[row.nr - 1]?.push(row);
  return of.map((found) => ({
    due: found.flatMap((row) => (row.body === null ? [] : [{ event: row.body, target: { kind: row.target_kind, id: row.target_id }, attempts: row.attempts }])),
    othersWait: found.some(({ body }) => body === null),
    asOf: found[0]?.as_of ?? null,
  }));
}

/**
 * What was due for a target that was down a moment ago waits for it, lest it overtake. Says whether there was any. Judged as of
 * the instant at which it was read: what has come due since then was not read, and would be overtaken.
 */
export async function holdBack(database: DataSource, accountId: string, asOf: string): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    `WITH down AS (
       SELECT target_kind, target_id, max(next_attempt_at) AS until FROM delivery
        WHERE account_id = $1 AND state = 'pending' AND attempts > 0 AND next_attempt_at > $2::timestamptz AND ${SAID_DOWN}
        GROUP BY target_kind, target_id
     ), held AS (
       UPDATE delivery AS d SET next_attempt_at = down.until FROM down
        WHERE d.account_id = $1 AND d.state = 'pending' AND d.next_attempt_at <= $2::timestamptz
          AND d.target_kind = down.target_kind AND d.target_id = down.target_id
       RETURNING 1
     ) SELECT * FROM held LIMIT 1`,
    [accountId, asOf],
  );
  return rows.length > 0;
}

export interface Attempted extends Place {
  readonly target: Target;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly status: number | null;
  readonly excerpt: string | null;
  /** For what stays pending. */
  readonly nextInMs: number;
}

/** What came of attempts. Written at once after each: only what is between the send and this can be sent again. */
export async function settleDeliveries(database: DataSource, attempts: readonly Attempted[]): Promise<void> {
  await database.query(
    `UPDATE delivery AS d SET state = s.state, attempts = s.attempts, last_status = s.status, last_excerpt = s.excerpt,
            next_attempt_at = clock_timestamp() + s.next_in_ms * interval '1 millisecond',
            settled_at = CASE WHEN s.state = 'pending' THEN NULL ELSE clock_timestamp() END
       FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::integer[], $9::text[], $10::bigint[])
            AS s (account_id, seq, ordinal, target_kind, target_id, state, attempts, status, excerpt, next_in_ms)
      WHERE d.account_id = s.account_id AND d.seq = s.seq AND d.ordinal = s.ordinal AND d.target_kind = s.target_kind AND d.target_id = s.target_id`,
    [
      attempts.map(({ accountId }) => accountId),
      attempts.map(({ seq }) => seq),
      attempts.map(({ ordinal }) => ordinal),
      attempts.map(({ target }) => target.kind),
      attempts.map(({ target }) => target.id),
      attempts.map(({ state }) => state),
      attempts.map((attempt) => attempt.attempts),
      attempts.map(({ status }) => status),
      attempts.map(({ excerpt }) => excerpt),
      attempts.map(({ nextInMs }) => nextInMs),
    ],
  );
}

/** A target that cannot be reached is left alone for a while: all that waits for it waits as long, and comes due at one instant. */
export async function postponeTarget(database: DataSource, accountId: string, target: Target, byMs: number): Promise<void> {
  await database.query(
    `UPDATE delivery SET next_attempt_at = statement_timestamp() + $4 * interval '1 millisecond'
      WHERE account_id = $1 AND target_kind = $2 AND target_id = $3 AND state = 'pending'`,
    [accountId, target.kind, target.id, byMs],
  );
}

/** When the first pending delivery of one message is due, in milliseconds from now; null: none is pending. */
export async function messageDueIn(database: DataSource, accountId: string, messageId: string): Promise<number | null> {
  const [row] = await database.query<{ due_in_ms: string | null }[]>(
    `SELECT ceil(extract(epoch FROM min(d.next_attempt_at) - clock_timestamp()) * 1000)::bigint AS due_in_ms
       FROM outbox AS o JOIN delivery AS d USING (account_id, seq, ordinal)
      WHERE o.account_id = $1 AND o.id = $2 AND d.state = 'pending'`,
    [accountId, messageId],
  );
  return row?.due_in_ms == null ? null : Number(row.due_in_ms);
}

/** Puts parked deliveries back: all of an account, or one. Returns how many. */
export async function replayParked(database: DataSource, accountId: string, one: (Pick<Place, 'seq' | 'ordinal'> & { readonly target: Target }) | null): Promise<number> {
  const rows = await database.query<unknown[]>(
    `WITH replayed AS (
       UPDATE delivery SET state = 'pending', attempts = 0, settled_at = NULL,
              -- Due long ago: what is forgotten is looked for by this.
              next_attempt_at = clock_timestamp() - interval '1 day'
        WHERE account_id = $1 AND state = 'parked'
          AND ($2::bigint IS NULL OR (seq = $2 AND ordinal = $3::integer AND target_kind = $4::text AND target_id = $5::text))
       RETURNING 1
     ) SELECT * FROM replayed`,
    [accountId, one?.seq ?? null, one?.ordinal ?? null, one?.target.kind ?? null, one?.target.id ?? null],
  );
  return rows.length;
}
