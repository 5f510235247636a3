import type { DataSource, EntityManager } from 'typeorm';
import type { ActDraft } from '../../domain/administrative-act.js';
import type { Json } from '../../domain/canonical-json.js';
import { refuse } from '../../domain/errors.js';
import { appendActs } from './administrative-acts.js';

/** A request that changes the catalogue, under its idempotency key. */
export interface CatalogueRequest {
  /** Whose keys these are: `operator`, or `account:<id>`. */
  readonly caller: string;
  /** 16-byte digests, hex. */
  readonly keyDigest: string;
  readonly fingerprint: string;
  /** What goes on record of it, where it is an administrative act (SPEC 14). */
  readonly act?: { readonly kind: string; readonly actor: string; readonly origin: string | null; readonly request: Json };
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
    if (request.act !== undefined) await appendActs(manager, [actOf(request, request.act, answer)]);
    return { answer, replayed: false };
  });
}

function actOf(request: CatalogueRequest, act: NonNullable<CatalogueRequest['act']>, answer: unknown): ActDraft {
  const named = { ...fields(act.request), ...fields(answer) };
  const text = (name: string): string | null => (typeof named[name] === 'string' ? named[name] : null);
  return {
    kind: act.kind,
    outcome: 'done',
    code: null,
    actor: act.actor,
    accountId: text('accountId'),
    subject: text('keyId') ?? text('actId') ?? text('cardId') ?? text('licenseeId'),
    keyDigest: request.keyDigest,
    count: 1,
    detail: { origin: act.origin, request: act.request },
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
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
