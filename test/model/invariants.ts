import type pg from 'pg';

/** SPEC 16 in SQL, each as the rows that break it: of an account none may be there, whatever has happened. */
const BROKEN: Readonly<Record<string, string>> = {
  '16.1 a lot is the sum of its buckets, and of its postings': `
    SELECT l.lot_id::text FROM lot AS l
     WHERE l.account_id = $1 AND (
       l.issued <> l.available + l.held + l.consumed + l.lapsed + l.frozen + l.withdrawn + l.transferred
       OR least(l.available, l.held, l.consumed, l.lapsed, l.frozen, l.withdrawn, l.transferred) < 0
       OR ROW(l.issued, l.available, l.held, l.consumed, l.lapsed, l.frozen, l.withdrawn, l.transferred) IS DISTINCT FROM (
         SELECT ROW(
           coalesce(sum(credits) FILTER (WHERE from_bucket = 'issued'), 0),
           coalesce(sum(credits) FILTER (WHERE to_bucket = 'available'), 0) - coalesce(sum(credits) FILTER (WHERE from_bucket = 'available'), 0),
           coalesce(sum(credits) FILTER (WHERE to_bucket = 'held'), 0) - coalesce(sum(credits) FILTER (WHERE from_bucket = 'held'), 0),
           coalesce(sum(credits) FILTER (WHERE to_bucket = 'consumed'), 0) - coalesce(sum(credits) FILTER (WHERE from_bucket = 'consumed'), 0),
           coalesce(sum(credits) FILTER (WHERE to_bucket = 'lapsed'), 0) - coalesce(sum(credits) FILTER (WHERE from_bucket = 'lapsed'), 0),
           coalesce(sum(credits) FILTER (WHERE to_bucket = 'frozen'), 0) - coalesce(sum(credits) FILTER (WHERE from_bucket = 'frozen'), 0),
           coalesce(sum(credits) FILTER (WHERE to_bucket = 'withdrawn'), 0) - coalesce(sum(credits) FILTER (WHERE from_bucket = 'withdrawn'), 0),
           coalesce(sum(credits) FILTER (WHERE to_bucket = 'transferred'), 0) - coalesce(sum(credits) FILTER (WHERE from_bucket = 'transferred'), 0))
         FROM posting AS p WHERE p.account_id = l.account_id AND p.lot_id = l.lot_id))`,
  '16.1 an account is the sum of its lots, and what its last entry says': `
    SELECT s.available || ' ' || s.held FROM account_state AS s
     WHERE s.account_id = $1 AND (
       ROW(s.available, s.held) IS DISTINCT FROM (SELECT ROW(coalesce(sum(available), 0), coalesce(sum(held), 0)) FROM lot WHERE account_id = $1)
       OR (s.seq > 0 AND ROW(s.available, s.held) IS DISTINCT FROM (SELECT ROW(available_after, held_after) FROM entry WHERE account_id = $1 AND seq = s.seq)))`,
  '16.2 entries have no gap, and postings move something between two buckets': `
    SELECT s.seq::text FROM account_state AS s
     WHERE s.account_id = $1 AND ROW(s.seq, s.seq) IS DISTINCT FROM (SELECT ROW(count(*), coalesce(max(seq), 0)) FROM entry WHERE account_id = $1)
    UNION ALL
    SELECT seq::text FROM posting WHERE account_id = $1 AND (credits <= 0 OR from_bucket = to_bucket OR to_bucket = 'issued')`,
  '16.3 a key has one entry': `
    SELECT encode(key_digest, 'hex') FROM entry WHERE account_id = $1 AND key_digest IS NOT NULL GROUP BY key_digest HAVING count(*) > 1`,
  '16.5 what a hold took was captured or given back, or is still held': `
    SELECT h.hold_id FROM hold AS h
     WHERE h.account_id = $1 AND (
       (SELECT coalesce(sum((leg ->> 'held')::numeric), 0) FROM json_array_elements(h.legs) AS leg)
         <> (SELECT coalesce(sum(CASE WHEN p.to_bucket = 'held' THEN p.credits ELSE -p.credits END), 0)
               FROM entry AS e JOIN posting AS p ON p.account_id = e.account_id AND p.seq = e.seq AND 'held' IN (p.from_bucket, p.to_bucket)
              WHERE e.account_id = $1 AND e.subject = h.hold_id AND e.type IN ('hold', 'capture', 'hold-released', 'hold-expired'))
       OR (h.state <> 'open' AND EXISTS (SELECT FROM json_array_elements(h.legs) AS leg WHERE (leg ->> 'held')::numeric <> 0))
       OR (h.max_capture < h.captured))
    UNION ALL
    SELECT subject FROM entry WHERE account_id = $1 AND type IN ('hold-released', 'hold-expired') GROUP BY subject HAVING count(*) > 1
    UNION ALL
    SELECT 'sum' FROM account_state AS s WHERE s.account_id = $1 AND s.held <> (
      SELECT coalesce(sum((leg ->> 'held')::numeric), 0) FROM hold AS h, json_array_elements(h.legs) AS leg WHERE h.account_id = $1)`,
  '16.7 a purchased lot was paid, once, and has the rates of its purchase': `
    SELECT l.lot_id::text FROM lot AS l
      LEFT JOIN purchase AS p ON p.account_id = l.account_id AND p.purchase_id = l.purchase_id
     WHERE l.account_id = $1 AND l.kind = 'purchase' AND l.source_account_id IS NULL AND (
       p.state IS DISTINCT FROM 'allocated' OR p.rate_version <> l.rate_version OR p.credits <> l.issued
       OR p.price + p.tax - p.withheld - p.written_off > (SELECT coalesce(sum(amount), 0) FROM payment AS y WHERE y.account_id = l.account_id AND y.purchase_id = l.purchase_id))
    UNION ALL
    SELECT purchase_id FROM lot WHERE account_id = $1 AND purchase_id IS NOT NULL AND source_account_id IS NULL GROUP BY purchase_id HAVING count(*) > 1`,
};

/** The invariants that do not hold for an account, each with what breaks it. */
export async function brokenInvariants(client: pg.Client, accountId: string): Promise<string[]> {
  const broken: string[] = [];
  for (const [name, text] of Object.entries(BROKEN)) {
    const { rows } = await client.query<Record<string, string>>({ name: `invariant ${name}`.slice(0, 60), text, values: [accountId] });
    broken.push(...rows.map((row) => `${name}: ${Object.values(row).join(' ')}`));
  }
  return broken;
}
