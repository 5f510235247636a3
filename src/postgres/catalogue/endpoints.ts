import type { DataSource, EntityManager } from 'typeorm';

/** Where webhooks of an account are posted to. Times in milliseconds of wall time. */
export interface Endpoint {
  readonly accountId: string;
  readonly endpointId: string;
  readonly url: string;
  /** Types of events that it gets; null: all. */
  readonly eventTypes: readonly string[] | null;
  readonly createdAt: number;
  readonly disabledAt: number | null;
  /** Since when every attempt has failed. */
  readonly failingSince: number | null;
}

export interface SealedSecret {
  readonly secretId: string;
  readonly sealed: Buffer;
  readonly createdAt: number;
  /** Null: live until it is rotated. */
  readonly endsAt: number | null;
}

export interface EndpointAttempt {
  readonly attemptId: string;
  readonly messageId: string;
  readonly eventType: string;
  readonly at: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly excerpt: string;
}

interface EndpointRow {
  readonly account_id: string;
  readonly endpoint_id: string;
  readonly url: string;
  readonly event_types: string[] | null;
  readonly created_at: Date;
  readonly disabled_at: Date | null;
  readonly failing_since: Date | null;
}

type Database = DataSource | EntityManager;
type Named = Pick<Endpoint, 'accountId' | 'endpointId'>;

/** How many attempts are kept of each endpoint. */
const ATTEMPTS_KEPT = 200;

/** Endpoints of an account, oldest first, without those that were removed. */
export async function readEndpoints(database: Database, accountId: string): Promise<Endpoint[]> {
  const rows = await database.query<EndpointRow[]>(
    'SELECT * FROM webhook_endpoint WHERE account_id = $1 AND removed_at IS NULL ORDER BY created_at, endpoint_id',
    [accountId],
  );
  return rows.map(endpointOf);
}

export async function readEndpoint(database: Database, { accountId, endpointId }: Named): Promise<Endpoint | null> {
  const [row] = await database.query<EndpointRow[]>(
    'SELECT * FROM webhook_endpoint WHERE account_id = $1 AND endpoint_id = $2 AND removed_at IS NULL',
    [accountId, endpointId],
  );
  return row === undefined ? null : endpointOf(row);
}

export async function insertEndpoint(database: Database, { accountId, endpointId, url, eventTypes, createdAt }: Omit<Endpoint, 'disabledAt' | 'failingSince'>): Promise<void> {
  await database.query('INSERT INTO webhook_endpoint (account_id, endpoint_id, url, event_types, created_at) VALUES ($1, $2, $3, $4, $5)', [
    accountId,
    endpointId,
    url,
    eventTypes,
    new Date(createdAt),
  ]);
}

export async function insertSecret(database: Database, { accountId, endpointId }: Named, { secretId, sealed, createdAt }: Omit<SealedSecret, 'endsAt'>): Promise<void> {
  await database.query('INSERT INTO webhook_secret (account_id, endpoint_id, secret_id, sealed_secret, created_at) VALUES ($1, $2, $3, $4, $5)', [
    accountId,
    endpointId,
    secretId,
    sealed,
    new Date(createdAt),
  ]);
}

interface SecretRow {
  readonly secret_id: string;
  readonly sealed_secret: Buffer;
  readonly secret_created_at: Date;
  readonly ends_at: Date | null;
}

const LIVE_SECRETS = `
  SELECT secret_id, sealed_secret, created_at AS secret_created_at, ends_at FROM webhook_secret
   WHERE account_id = $1 AND endpoint_id = $2 AND (ends_at IS NULL OR ends_at > $3)`;

/** Newest first. */
export async function readLiveSecrets(database: Database, { accountId, endpointId }: Named, now: number): Promise<SealedSecret[]> {
  const rows = await database.query<SecretRow[]>(`${LIVE_SECRETS} ORDER BY secret_created_at DESC, secret_id DESC`, [accountId, endpointId, new Date(now)]);
  return rows.map(secretOf);
}

/** An endpoint and what signs for it, newest first: one statement, because each message asks for them. */
export async function readEndpointWithSecrets(
  database: Database,
  { accountId, endpointId }: Named,
  now: number,
): Promise<{ readonly endpoint: Endpoint; readonly secrets: readonly SealedSecret[] } | null> {
  const rows = await database.query<(EndpointRow & (SecretRow | { readonly secret_id: null }))[]>(
    `SELECT * FROM webhook_endpoint AS e LEFT JOIN (${LIVE_SECRETS}) AS s ON true
      WHERE e.account_id = $1 AND e.endpoint_id = $2 AND e.removed_at IS NULL ORDER BY secret_created_at DESC, secret_id DESC`,
    [accountId, endpointId, new Date(now)],
  );
  const [first] = rows;
  if (first === undefined) return null;
  return { endpoint: endpointOf(first), secrets: rows.flatMap((row) => (row.secret_id === null ? [] : [secretOf(row)])) };
}

export async function endSecret(database: Database, { accountId, endpointId }: Named, secretId: string, endsAt: number): Promise<void> {
  await database.query('UPDATE webhook_secret SET ends_at = $4 WHERE account_id = $1 AND endpoint_id = $2 AND secret_id = $3', [
    accountId,
    endpointId,
    secretId,
    new Date(endsAt),
  ]);
}

export function removeEndpoint(database: Database, { accountId, endpointId }: Named, now: number): Promise<boolean> {
  return changed(database, 'UPDATE webhook_endpoint SET removed_at = $3 WHERE account_id = $1 AND endpoint_id = $2 AND removed_at IS NULL', [
    accountId,
    endpointId,
    new Date(now),
  ]);
}

/** Switched on again by an admin: counted from now. */
export function enableEndpoint(database: Database, { accountId, endpointId }: Named): Promise<boolean> {
  return changed(
    database,
    'UPDATE webhook_endpoint SET disabled_at = NULL, failing_since = NULL WHERE account_id = $1 AND endpoint_id = $2 AND removed_at IS NULL',
    [accountId, endpointId],
  );
}

/** Says whether it was on until now. */
export function disableEndpoint(database: Database, { accountId, endpointId }: Named, now: number): Promise<boolean> {
  return changed(
    database,
    'UPDATE webhook_endpoint SET disabled_at = $3 WHERE account_id = $1 AND endpoint_id = $2 AND disabled_at IS NULL AND removed_at IS NULL',
    [accountId, endpointId, new Date(now)],
  );
}

/** Keeps an attempt, and the newest before it; notes since when the endpoint fails. Answers since when that is. One statement: each message pays for it. */
export async function keepAttempt(database: Database, { accountId, endpointId }: Named, attempt: EndpointAttempt, succeeded: boolean): Promise<number | null> {
  const { attemptId, messageId, eventType, at, durationMs, status, excerpt } = attempt;
  const [row] = await database.query<{ failing_since: Date | null }[]>(
    `WITH kept AS (
       INSERT INTO webhook_attempt (account_id, endpoint_id, attempt_id, message_id, event_type, at, duration_ms, status, excerpt)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ), trimmed AS (
       -- Of those before this one.
       DELETE FROM webhook_attempt WHERE account_id = $1 AND endpoint_id = $2 AND attempt_id <= (
         SELECT attempt_id FROM webhook_attempt WHERE account_id = $1 AND endpoint_id = $2 ORDER BY attempt_id DESC OFFSET $10 LIMIT 1)
     ), noted AS (
       UPDATE webhook_endpoint SET failing_since = CASE WHEN $11 THEN NULL ELSE $6::timestamptz END
        WHERE account_id = $1 AND endpoint_id = $2 AND (failing_since IS NULL) <> $11 RETURNING failing_since
     )
     SELECT failing_since FROM noted
     UNION ALL
     SELECT failing_since FROM webhook_endpoint WHERE account_id = $1 AND endpoint_id = $2 AND NOT EXISTS (SELECT FROM noted)`,
    [accountId, endpointId, attemptId, messageId, eventType, new Date(at), durationMs, status, excerpt, ATTEMPTS_KEPT - 1, succeeded],
  );
  return row?.failing_since?.getTime() ?? null;
}

/** Newest first. */
export async function readAttempts(database: Database, { accountId, endpointId }: Named): Promise<EndpointAttempt[]> {
  const rows = await database.query<
    { attempt_id: string; message_id: string; event_type: string; at: Date; duration_ms: number; status: number | null; excerpt: string }[]
  >('SELECT * FROM webhook_attempt WHERE account_id = $1 AND endpoint_id = $2 ORDER BY attempt_id DESC', [accountId, endpointId]);
  return rows.map((row) => ({
    attemptId: row.attempt_id,
    messageId: row.message_id,
    eventType: row.event_type,
    at: row.at.getTime(),
    durationMs: row.duration_ms,
    status: row.status,
    excerpt: row.excerpt,
  }));
}

async function changed(database: Database, update: string, values: readonly unknown[]): Promise<boolean> {
  const rows = await database.query<unknown[]>(`WITH changed AS (${update} RETURNING 1) SELECT * FROM changed`, [...values]);
  return rows.length > 0;
}

function endpointOf(row: EndpointRow): Endpoint {
  return {
    accountId: row.account_id,
    endpointId: row.endpoint_id,
    url: row.url,
    eventTypes: row.event_types,
    createdAt: row.created_at.getTime(),
    disabledAt: row.disabled_at?.getTime() ?? null,
    failingSince: row.failing_since?.getTime() ?? null,
  };
}

function secretOf(row: SecretRow): SealedSecret {
  return { secretId: row.secret_id, sealed: row.sealed_secret, createdAt: row.secret_created_at.getTime(), endsAt: row.ends_at?.getTime() ?? null };
}
