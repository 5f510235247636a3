import type { DataSource } from 'typeorm';

/** What the database keeps encrypted under keys outside of it. */
export const SEALED_KINDS = ['webhook-secrets', 'evidence'] as const;
export type SealedKind = (typeof SEALED_KINDS)[number];

/** One sealed value, with the parts of its key in order. */
export interface Sealed {
  readonly id: readonly [string, string, string];
  readonly sealed: Buffer;
}

interface Place {
  readonly table: string;
  readonly column: string;
  /** Of the primary key; where it has but two parts the third one is ''. */
  readonly key: readonly [string, string, string];
}

const PLACES: Readonly<Record<SealedKind, Place>> = {
  'webhook-secrets': { table: 'webhook_secret', column: 'sealed_secret', key: ['account_id', 'endpoint_id', 'secret_id'] },
  evidence: { table: 'sealed_evidence', column: 'sealed', key: ['account_id', 'evidence_id', `''::text`] },
};

/** The next ones behind one, in order of their keys. */
export async function readSealed(database: DataSource, kind: SealedKind, after: Sealed['id'], limit: number): Promise<Sealed[]> {
  const { table, column, key } = PLACES[kind];
  const rows = await database.query<{ a: string; b: string; c: string; sealed: Buffer }[]>(
    `SELECT ${key[0]} AS a, ${key[1]} AS b, ${key[2]} AS c, ${column} AS sealed FROM ${table}
      WHERE (${key.join(', ')}) > ($1, $2, $3) ORDER BY ${key[0]}, ${key[1]}, ${key[2]} LIMIT $4`,
    [...after, limit],
  );
  return rows.map(({ a, b, c, sealed }) => ({ id: [a, b, c], sealed }));
}

/** Puts it in the place of what was read, unless that was changed or removed meanwhile. */
export async function replaceSealed(database: DataSource, kind: SealedKind, { id, sealed }: Sealed, anew: Buffer): Promise<void> {
  const { table, column, key } = PLACES[kind];
  await database.query(`UPDATE ${table} SET ${column} = $5 WHERE (${key.join(', ')}) = ($1, $2, $3) AND ${column} = $4`, [...id, sealed, anew]);
}
