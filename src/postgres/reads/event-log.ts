import type { DataSource, EntityManager } from 'typeorm';
import type { LedgerEvent } from '../../domain/event.js';

/** A place among an account's events: entries count up, and an entry's events do. */
export interface EventPlace {
  readonly seq: number;
  readonly ordinal: number;
}

/** The place of one event of an account; null: the account has no such event. */
export async function readEventPlace(database: DataSource | EntityManager, accountId: string, id: string): Promise<EventPlace | null> {
  const [row] = await database.query<{ seq: string; ordinal: number }[]>('SELECT seq, ordinal FROM outbox WHERE account_id = $1 AND id = $2', [accountId, id]);
  return row === undefined ? null : { seq: Number(row.seq), ordinal: row.ordinal };
}

/** The place of the newest event; before the first one, a place that comes before it. */
export async function readLastEventPlace(database: DataSource | EntityManager, accountId: string): Promise<EventPlace> {
  const [row] = await database.query<{ seq: string; ordinal: number }[]>(
    'SELECT seq, ordinal FROM outbox WHERE account_id = $1 ORDER BY seq DESC, ordinal DESC LIMIT 1',
    [accountId],
  );
  return row === undefined ? { seq: -1, ordinal: -1 } : { seq: Number(row.seq), ordinal: row.ordinal };
}

/**
 * What came after a place in each of several accounts, oldest first, at most `limit` of each. Events of an account are
 * written under its lock, so none appears before a place that was read already.
 */
export async function readEventsAfter(
  database: DataSource,
  places: readonly (EventPlace & { readonly accountId: string })[],
  limit: number,
): Promise<LedgerEvent[][]> {
  const rows = await database.query<{ watched: number; body: LedgerEvent }[]>(
    `SELECT w.watched::int AS watched, o.body
       FROM unnest($1::text[], $2::bigint[], $3::integer[]) WITH ORDINALITY AS w (account_id, seq, ordinal, watched)
      CROSS JOIN LATERAL (
        SELECT seq, ordinal, body FROM outbox WHERE account_id = w.account_id AND (seq, ordinal) > (w.seq, w.ordinal) ORDER BY seq, ordinal LIMIT $4) AS o
      ORDER BY w.watched, o.seq, o.ordinal`,
    [places.map(({ accountId }) => accountId), places.map(({ seq }) => seq), places.map(({ ordinal }) => ordinal), limit],
  );
  const found = places.map((): LedgerEvent[] => []);
  for (const { watched, body } of rows) found[watched - 1]?.push(body);
  return found;
}

/** Which of these keys still pass, by wall time. */
export async function readValidKeys(database: DataSource, keyIds: readonly string[], now: number): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ key_id: string }[]>(
    'SELECT key_id FROM api_key WHERE key_id = ANY ($1::text[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)',
    [keyIds, new Date(now)],
  );
  return new Set(rows.map((row) => row.key_id));
}

/** Which of these sessions of the web account still pass, by wall time: digests of their secrets, in hex. */
export async function readValidSessions(database: DataSource, digests: readonly Buffer[], now: number): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ digest: string }[]>(
    `SELECT encode(secret_hmac, 'hex') AS digest FROM web_session WHERE secret_hmac = ANY ($1::bytea[]) AND ended_at IS NULL AND expires_at > $2`,
    [digests, new Date(now)],
  );
  return new Set(rows.map(({ digest }) => digest));
}

/** The number of the newest entry of each account. */
export async function readHeads(database: DataSource, accountIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ account_id: string; seq: string }[]>('SELECT account_id, seq FROM account_state WHERE account_id = ANY ($1::text[])', [accountIds]);
  return new Map(rows.map(({ account_id: accountId, seq }) => [accountId, Number(seq)]));
}
