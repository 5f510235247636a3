import type { DataSource } from 'typeorm';

/** Writes when keys were used last. In order of their ids, so that two instances that write at once do not lock each other out. */
export async function noteKeyUses(database: DataSource, uses: ReadonlyMap<string, number>): Promise<void> {
  const sorted = [...uses].sort(([a], [b]) => (a < b ? -1 : 1));
  await database.query(
    `WITH used AS MATERIALIZED (
       SELECT k.key_id, u.at FROM api_key AS k
         JOIN unnest($1::text[], $2::timestamptz[]) AS u(key_id, at) ON u.key_id = k.key_id
        WHERE k.last_used_at IS NULL OR k.last_used_at < u.at ORDER BY k.key_id FOR NO KEY UPDATE OF k)
     UPDATE api_key AS k SET last_used_at = used.at FROM used WHERE k.key_id = used.key_id`,
    [sorted.map(([keyId]) => keyId), sorted.map(([, at]) => new Date(at))],
  );
}
