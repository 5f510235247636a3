import type { DataSource, EntityManager } from 'typeorm';

export const PRIVACY_KINDS = ['view', 'correct', 'export', 'erase'] as const;
export type PrivacyKind = (typeof PRIVACY_KINDS)[number];
export const IDENTITY_MEANS = ['document', 'known-channel', 'in-person'] as const;
export type IdentityMeans = (typeof IDENTITY_MEANS)[number];

/** A person's request about a contact's data. Times in milliseconds of business time. */
export interface PrivacyRequest {
  readonly requestId: string;
  readonly contactId: string;
  readonly kind: PrivacyKind;
  readonly receivedAt: number;
  readonly dueAt: number;
  readonly receivedBy: string;
  readonly identityCheckedAt: number | null;
  readonly identityCheckedBy: string | null;
  readonly identityMeans: IdentityMeans | null;
  readonly answeredAt: number | null;
  readonly answeredBy: string | null;
  readonly outcome: 'done' | 'refused' | null;
  readonly refusedBecause: string | null;
}

type Database = DataSource | EntityManager;

interface RequestRow {
  readonly request_id: string;
  readonly contact_id: string;
  readonly kind: PrivacyKind;
  readonly received_at: Date;
  readonly due_at: Date;
  readonly received_by: string;
  readonly identity_checked_at: Date | null;
  readonly identity_checked_by: string | null;
  readonly identity_means: IdentityMeans | null;
  readonly answered_at: Date | null;
  readonly answered_by: string | null;
  readonly outcome: 'done' | 'refused' | null;
  readonly refused_because: string | null;
}

export async function insertPrivacyRequest(database: Database, request: Pick<PrivacyRequest, 'requestId' | 'contactId' | 'kind' | 'receivedAt' | 'dueAt' | 'receivedBy'>): Promise<void> {
  await database.query('INSERT INTO privacy_request (request_id, contact_id, kind, received_at, due_at, received_by) VALUES ($1, $2, $3, $4, $5, $6)', [
    request.requestId,
    request.contactId,
    request.kind,
    new Date(request.receivedAt),
    new Date(request.dueAt),
    request.receivedBy,
  ]);
}

export async function readPrivacyRequest(database: Database, requestId: string): Promise<PrivacyRequest | null> {
  const [row] = await database.query<RequestRow[]>('SELECT * FROM privacy_request WHERE request_id = $1', [requestId]);
  return row === undefined ? null : requestOf(row);
}

/** Those that wait for an answer first, the most urgent one before all. */
export async function readPrivacyRequests(database: Database, open: boolean): Promise<PrivacyRequest[]> {
  const rows = await database.query<RequestRow[]>(
    'SELECT * FROM privacy_request WHERE NOT $1 OR answered_at IS NULL ORDER BY answered_at IS NOT NULL, due_at, request_id LIMIT 500',
    [open],
  );
  return rows.map(requestOf);
}

export async function noteIdentity(database: Database, requestId: string, check: { readonly at: number; readonly by: string; readonly means: IdentityMeans }): Promise<void> {
  await database.query(
    `UPDATE privacy_request SET identity_checked_at = $2, identity_checked_by = $3, identity_means = $4
      WHERE request_id = $1 AND answered_at IS NULL AND identity_checked_at IS NULL`,
    [requestId, new Date(check.at), check.by, check.means],
  );
}

/** Says whether this was its answer: a request is answered once. */
export async function noteAnswer(
  database: Database,
  requestId: string,
  answer: { readonly at: number; readonly by: string; readonly outcome: 'done' | 'refused'; readonly refusedBecause: string | null },
): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    `WITH answered AS (
       UPDATE privacy_request SET answered_at = $2, answered_by = $3, outcome = $4, refused_because = $5 WHERE request_id = $1 AND answered_at IS NULL RETURNING 1
     ) SELECT * FROM answered`,
    [requestId, new Date(answer.at), answer.by, answer.outcome, answer.refusedBecause],
  );
  return rows.length === 1;
}

function requestOf(row: RequestRow): PrivacyRequest {
  return {
    requestId: row.request_id,
    contactId: row.contact_id,
    kind: row.kind,
    receivedAt: row.received_at.getTime(),
    dueAt: row.due_at.getTime(),
    receivedBy: row.received_by,
    identityCheckedAt: row.identity_checked_at?.getTime() ?? null,
    identityCheckedBy: row.identity_checked_by,
    identityMeans: row.identity_means,
    answeredAt: row.answered_at?.getTime() ?? null,
    answeredBy: row.answered_by,
    outcome: row.outcome,
    refusedBecause: row.refused_because,
  };
}
