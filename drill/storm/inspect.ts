import type { Client } from 'pg';

/** So many of an account's newest entries are counted: a snapshot must not grow with the ledger. */
const NEWEST = 2_000;

/** What has to hold of these accounts in any snapshot, also in the midst of it all (SPEC 16.1, 16.2, 16.5): answers what does not. */
export async function inspect(database: Client, accountIds: readonly string[]): Promise<string[]> {
  // One statement, and so one snapshot.
  const { rows } = await database.query<{ what: string }>(
    `
    WITH account AS (SELECT * FROM credits.account_state WHERE account_id = ANY ($1::text[]))
    SELECT format('%s: the sums of its lots are not its balance', s.account_id) AS what
      FROM account AS s
      LEFT JOIN LATERAL (SELECT sum(available) AS available, sum(held) AS held FROM credits.lot AS l WHERE l.account_id = s.account_id) AS l ON true
     WHERE (s.available, s.held) IS DISTINCT FROM (coalesce(l.available, 0), coalesce(l.held, 0))
    UNION ALL
    SELECT format('%s: lot %s does not add up', account_id, lot_id) FROM credits.lot
     WHERE account_id = ANY ($1::text[]) AND issued <> available + held + consumed + lapsed + frozen + withdrawn + transferred
    UNION ALL
    SELECT format('%s: lot %s has less than nothing in a bucket', account_id, lot_id) FROM credits.lot
     WHERE account_id = ANY ($1::text[]) AND least(available, held, consumed, lapsed, frozen, withdrawn, transferred) < 0
    UNION ALL
    SELECT format('%s: has %s of its newest %s entries, the last of them %s, and counts %s', s.account_id, e.n, least(s.seq, $2::bigint), e.last, s.seq)
      FROM account AS s
      CROSS JOIN LATERAL (SELECT count(*) AS n, max(seq) AS last FROM credits.entry AS e WHERE e.account_id = s.account_id AND e.seq > s.seq - $2::bigint) AS e
     WHERE e.n <> least(s.seq, $2::bigint) OR e.last <> s.seq
    UNION ALL
    SELECT format('%s: open holds do not hold what is held', s.account_id) FROM account AS s
     WHERE s.held <> (SELECT coalesce(sum((leg->>'held')::numeric), 0) FROM credits.hold AS h, json_array_elements(h.legs) AS leg
                       WHERE h.account_id = s.account_id AND h.state = 'open')`,
    [accountIds, NEWEST],
  );
  return rows.map(({ what }) => what);
}
