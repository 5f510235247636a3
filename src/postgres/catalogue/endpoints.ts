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

/** Newest first. */
export async function readLiveSecrets(database: Database, { accountId, endpointId }: Named, now: number): Promise<SealedSecret[]> {
  const rows = await database.query<SecretRow[]>(
    `SELECT secret_id, sealed_secret, created_at AS secret_created_at, ends_at FROM webhook_secret
      WHERE account_id = $1 AND endpoint_id = $2 AND (ends_at IS NULL OR ends_at > $3) ORDER BY created_at DESC, secret_id DESC`,
    [accountId, endpointId, new Date(now)],
  );
  return rows.map(secretOf);
}

export interface EndpointWithSecrets {
  readonly endpoint: Endpoint;
  /** Newest first. */
  readonly secrets: readonly SealedSecret[];
}

/** Endpoints and what signs for them; null: there is none. One statement for all messages that are under way. */
export async function readEndpointsWithSecrets(database: Database, named: readonly Named[], now: number): Promise<(EndpointWithSecrets | null)[]> {
  const rows = await database.query<(EndpointRow & { readonly nr: number } & (SecretRow | { readonly secret_id: null }))[]>(
    `SELECT n.nr::integer AS nr, e.*, s.secret_id, s.sealed_secret, s.created_at AS secret_created_at, s.ends_at
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS n (account_id, endpoint_id, nr)
       JOIN webhook_endpoint AS e ON e.account_id = n.account_id AND e.endpoint_id = n.endpoint_id AND e.removed_at IS NULL
       LEFT JOIN webhook_secret AS s ON s.account_id = e.account_id AND s.endpoint_id = e.endpoint_id AND (s.ends_at IS NULL OR s.ends_at > $3)
      ORDER BY n.nr, s.created_at DESC, s.secret_id DESC`,
    [named.map(({ accountId }) => accountId), named.map(({ endpointId }) => endpointId), new Date(now)],
  );
  return named.map((_one, i) => {
    const of = rows.filter(({ nr }) => nr === i + 1);
    const [first] = of;
    if (first === undefined) return null;
    return { endpoint: endpointOf(first), secrets: of.flatMap((row) => (row.secret_id === null ? [] : [secretOf(row)])) };
  });
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

/** An attempt on an endpoint, and whether it succeeded. */
export interface AttemptOn extends Named {
  readonly attempt: EndpointAttempt;
  readonly succeeded: boolean;
}

/**
 * Keeps attempts, and of each endpoint the newest before them; notes since when an endpoint fails. Answers since when that
 * is, for each. One statement for all messages that are under way.
 */
export async function keepAttempts(database: Database, attempts: readonly AttemptOn[]): Promise<(number | null)[]> {
  const rows = await database.query<{ nr: number; failing_since: Date | null }[]>(
    `WITH attempt AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::integer[], $8::smallint[], $9::text[], $10::boolean[])
         WITH ORDINALITY AS a (account_id, endpoint_id, attempt_id, message_id, event_type, at, duration_ms, status, excerpt, succeeded, nr)
     ), kept AS (
       INSERT INTO webhook_attempt (account_id, endpoint_id, attempt_id, message_id, event_type, at, duration_ms, status, excerpt)
       SELECT account_id, endpoint_id, attempt_id, message_id, event_type, at, duration_ms, status, excerpt FROM attempt ON CONFLICT DO NOTHING
     ), trimmed AS (
       -- Of those before these.
       DELETE FROM webhook_attempt AS w USING (
         SELECT account_id, endpoint_id, (
                  SELECT attempt_id FROM webhook_attempt AS x WHERE x.account_id = a.account_id AND x.endpoint_id = a.endpoint_id
                   ORDER BY attempt_id DESC OFFSET $11 LIMIT 1) AS attempt_id
           FROM attempt AS a GROUP BY account_id, endpoint_id
       ) AS cut WHERE w.account_id = cut.account_id AND w.endpoint_id = cut.endpoint_id AND w.attempt_id <= cut.attempt_id
     ), noted AS (
       UPDATE webhook_endpoint AS e SET failing_since = CASE WHEN a.succeeded THEN NULL ELSE a.at END FROM attempt AS a
        WHERE e.account_id = a.account_id AND e.endpoint_id = a.endpoint_id AND (e.failing_since IS NULL) <> a.succeeded
       RETURNING e.account_id, e.endpoint_id, e.failing_since
     )
     SELECT a.nr::integer AS nr, CASE WHEN n.account_id IS NULL THEN e.failing_since ELSE n.failing_since END AS failing_since
       FROM attempt AS a
       LEFT JOIN noted AS n ON n.account_id = a.account_id AND n.endpoint_id = a.endpoint_id
       LEFT JOIN webhook_endpoint AS e ON e.account_id = a.account_id AND e.endpoint_id = a.endpoint_id`,
    [
      attempts.map(({ accountId }) => accountId),
      attempts.map(({ endpointId }) => endpointId),
      attempts.map(({ attempt }) => attempt.attemptId),
      attempts.map(({ attempt }) => attempt.messageId),
      attempts.map(({ attempt }) => attempt.eventType),
      attempts.map(({ attempt }) => new Date(attempt.at)),
      attempts.map(({ attempt }) => attempt.durationMs),
      attempts.map(({ attempt }) => attempt.status),
      attempts.map(({ attempt }) => attempt.excerpt),
      attempts.map(({ succeeded }) => succeeded),
      ATTEMPTS_KEPT - 1,
    ],
  );
  const since = new Map(rows.map(({ nr, failing_since: failingSince }) => [nr, failingSince?.getTime() ?? null]));
  return attempts.map((_attempt, i) => since.get(i + 1) ?? null);
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
