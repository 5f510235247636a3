import type { Client } from 'pg';
import type { DataSource } from 'typeorm';
import type { ActOutcome, AdministrativeAct } from '../../domain/administrative-act.js';

/** An act with what lies apart from it; null once that was erased. */
export interface ActRecord {
  readonly act: AdministrativeAct;
  readonly detail: { readonly salt: string; readonly text: string } | null;
}

interface ActRow {
  readonly seq: string;
  readonly recorded_at: string;
  readonly kind: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly actor: string;
  readonly account_id: string | null;
  readonly subject: string | null;
  readonly key_digest: string | null;
  readonly count: number;
  readonly detail_hash: string;
  readonly hash: string;
  readonly salt: string | null;
  readonly content: string | null;
}

const ACTS = `
  SELECT a.seq, (extract(epoch FROM a.recorded_at) * 1000)::bigint AS recorded_at, kind, outcome, code, actor, account_id, subject,
         encode(key_digest, 'hex') AS key_digest, count, encode(detail_hash, 'hex') AS detail_hash, encode(hash, 'hex') AS hash,
         d.salt, d.content::text AS content
    FROM administrative_act AS a LEFT JOIN administrative_detail AS d USING (seq)`;

function recordOf(row: ActRow): ActRecord {
  const act = {
    seq: Number(row.seq),
    recordedAt: Number(row.recorded_at),
    kind: row.kind,
    outcome: row.outcome as ActOutcome,
    code: row.code,
    actor: row.actor,
    accountId: row.account_id,
    subject: row.subject,
    keyDigest: row.key_digest,
    count: row.count,
    detailHash: row.detail_hash,
    hash: row.hash,
  };
  return { act, detail: row.salt === null || row.content === null ? null : { salt: row.salt, text: row.content } };
}

/** Newest first; `before`: only those with a smaller number. */
export async function readActs(database: DataSource, page: { readonly before: number | null; readonly limit: number; readonly accountId: string | null }): Promise<ActRecord[]> {
  const rows = await database.query<ActRow[]>(
    `${ACTS} WHERE ($1::bigint IS NULL OR a.seq < $1::bigint) AND ($3::text IS NULL OR a.account_id = $3) ORDER BY a.seq DESC LIMIT $2`,
    [page.before, page.limit, page.accountId],
  );
  return rows.map(recordOf);
}

/** Acts after one up to another, oldest first. */
export async function verifiedActs(client: Client, after: number, upTo: number, limit: number): Promise<ActRecord[]> {
  const { rows } = await client.query<ActRow>({ name: 'verify-acts', text: `${ACTS} WHERE a.seq > $1::bigint AND a.seq <= $2::bigint ORDER BY a.seq LIMIT $3::bigint`, values: [after, upTo, limit] });
  return rows.map(recordOf);
}

export interface ActsHead {
  /** As the chain's own row has it; null: there is none. */
  readonly head: { readonly seq: number; readonly hash: string } | null;
  /** Number of the last act in the same snapshot. */
  readonly last: number;
}

export async function verifiedActsHead(client: Client): Promise<ActsHead> {
  const { rows } = await client.query<{ seq: string | null; hash: string | null; last: string }>(
    `SELECT h.seq, encode(h.hash, 'hex') AS hash, m.last
       FROM (SELECT coalesce(max(seq), 0) AS last FROM administrative_act) AS m LEFT JOIN administrative_head AS h ON true`,
  );
  const [row] = rows;
  const head = row?.seq == null || row.hash === null ? null : { seq: Number(row.seq), hash: row.hash };
  return { head, last: Number(row?.last ?? 0) };
}
