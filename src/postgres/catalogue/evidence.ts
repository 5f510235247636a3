import type { DataSource } from 'typeorm';

/** Times in milliseconds of business time. */
export interface SealedEvidence {
  readonly accountId: string;
  readonly evidenceId: string;
  /** Id of the notice. */
  readonly subject: string;
  readonly kind: string;
  readonly sealedAt: number;
  readonly keepUntil: number;
  readonly sealed: Buffer;
}

export interface EvidenceAccess {
  readonly accountId: string;
  readonly evidenceId: string;
  readonly accessId: string;
  readonly actor: string;
  readonly purpose: string;
  readonly at: number;
}

export async function insertEvidence(database: DataSource, evidence: SealedEvidence): Promise<void> {
  const { accountId, evidenceId, subject, kind, sealedAt, keepUntil, sealed } = evidence;
  await database.query(
    'INSERT INTO sealed_evidence (account_id, evidence_id, subject, kind, sealed_at, keep_until, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [accountId, evidenceId, subject, kind, new Date(sealedAt), new Date(keepUntil), sealed],
  );
}

export async function readEvidence(database: DataSource, accountId: string, evidenceId: string): Promise<{ readonly sealed: Buffer } | null> {
  const [row] = await database.query<{ sealed: Buffer }[]>('SELECT sealed FROM sealed_evidence WHERE account_id = $1 AND evidence_id = $2', [accountId, evidenceId]);
  return row ?? null;
}

export async function hasEvidence(database: DataSource, accountId: string, subject: string, kind: string): Promise<boolean> {
  const rows = await database.query<unknown[]>('SELECT 1 FROM sealed_evidence WHERE account_id = $1 AND subject = $2 AND kind = $3', [accountId, subject, kind]);
  return rows.length > 0;
}

/** Without what is sealed, and with the accesses to it, oldest first. */
export async function listEvidence(database: DataSource, accountId: string): Promise<(Omit<SealedEvidence, 'sealed'> & { readonly accesses: readonly Omit<EvidenceAccess, 'accountId'>[] })[]> {
  const rows = await database.query<{ evidence_id: string; subject: string; kind: string; sealed_at: Date; keep_until: Date }[]>(
    'SELECT evidence_id, subject, kind, sealed_at, keep_until FROM sealed_evidence WHERE account_id = $1 ORDER BY sealed_at, evidence_id LIMIT 500',
    [accountId],
  );
  const accesses = await database.query<{ access_id: string; evidence_id: string; actor: string; purpose: string; at: Date }[]>(
    'SELECT access_id, evidence_id, actor, purpose, at FROM evidence_access WHERE account_id = $1 ORDER BY at, access_id',
    [accountId],
  );
  return rows.map((row) => ({
    accountId,
    evidenceId: row.evidence_id,
    subject: row.subject,
    kind: row.kind,
    sealedAt: row.sealed_at.getTime(),
    keepUntil: row.keep_until.getTime(),
    accesses: accesses
      .filter(({ evidence_id }) => evidence_id === row.evidence_id)
      .map((access) => ({ evidenceId: access.evidence_id, accessId: access.access_id, actor: access.actor, purpose: access.purpose, at: access.at.getTime() })),
  }));
}

export async function insertEvidenceAccess(database: DataSource, access: EvidenceAccess): Promise<void> {
  const { accountId, accessId, evidenceId, actor, purpose, at } = access;
  await database.query('INSERT INTO evidence_access (account_id, access_id, evidence_id, actor, purpose, at) VALUES ($1, $2, $3, $4, $5, $6)', [
    accountId,
    accessId,
    evidenceId,
    actor,
    purpose,
    new Date(at),
  ]);
}
