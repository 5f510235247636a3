import type { DataSource } from 'typeorm';

/** What an entry tells of an end user's action, besides the pseudonym. */
export interface EndUserEntry {
  readonly seq: number;
  readonly type: string;
  readonly occurredAt: number;
  readonly feature: string | null;
  readonly credits: string;
}

/**
 * Entries of an account that bear one of these pseudonyms, oldest first. No index leads to them, because every debit would pay
 * for it: this reads along the account's entries.
 */
export async function readEndUserEntries(database: DataSource, accountId: string, pseudonyms: readonly string[], after: number, limit: number): Promise<EndUserEntry[]> {
  const rows = await database.query<{ seq: string; type: string; occurred_at: Date; feature: string | null; credits: string }[]>(
    `SELECT seq, type, occurred_at, feature, credits FROM entry
      WHERE account_id = $1 AND seq > $3 AND end_user = ANY (SELECT decode(p, 'hex') FROM unnest($2::text[]) AS p) ORDER BY seq LIMIT $4`,
    [accountId, pseudonyms, after, limit],
  );
  return rows.map((row) => ({ seq: Number(row.seq), type: row.type, occurredAt: row.occurred_at.getTime(), feature: row.feature, credits: row.credits }));
}
