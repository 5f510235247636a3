import type { DataSource, EntityManager } from 'typeorm';
import { refuse } from '../../domain/errors.js';

/** A request that changes the catalogue, under its idempotency key. */
export interface CatalogueRequest {
  /** Whose keys these are: `operator`, or `account:<id>`. */
  readonly caller: string;
  /** 16-byte digests, hex. */
  readonly keyDigest: string;
  readonly fingerprint: string;
}

export interface Answered<Answer> {
  readonly answer: Answer;
  readonly replayed: boolean;
}

interface StoredRow {
  readonly fingerprint: string;
  readonly answer: string;
}

/**
 * Does the work of a request once, and keeps its answer in the same transaction: the same key and request get that answer
 * again, for ever. A refusal keeps nothing, so that the key can be used again.
 */
export function answeredOnce<Answer>(
  dataSource: DataSource,
  request: CatalogueRequest,
  work: (manager: EntityManager) => Promise<Answer>,
): Promise<Answered<Answer>> {
  return dataSource.transaction(async (manager) => {
    // The same key at the same time waits here, and then finds the answer.
    await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${request.caller}/${request.keyDigest}`]);
    const before = await answeredBefore<Answer>(manager, request);
    if (before !== null) return before;
    const answer = await work(manager);
    await manager.query(
      `INSERT INTO catalogue_request (caller, key_digest, fingerprint, status, answer)
       VALUES ($1, decode($2, 'hex'), decode($3, 'hex'), 201, $4)`,
      [request.caller, request.keyDigest, request.fingerprint, JSON.stringify(answer)],
    );
    return { answer, replayed: false };
  });
}

/** The answer that a request got before, or null. */
export async function answeredBefore<Answer>(database: DataSource | EntityManager, request: CatalogueRequest): Promise<Answered<Answer> | null> {
  const [stored] = await database.query<StoredRow[]>(
    `SELECT encode(fingerprint, 'hex') AS fingerprint, answer::text AS answer
       FROM catalogue_request WHERE caller = $1 AND key_digest = decode($2, 'hex')`,
    [request.caller, request.keyDigest],
  );
  if (stored === undefined) return null;
  if (stored.fingerprint !== request.fingerprint) {
    refuse('idempotency-key-reused', 'This idempotency key belongs to another request. Send the request under a key of its own.');
  }
  return { answer: JSON.parse(stored.answer) as Answer, replayed: true };
}
