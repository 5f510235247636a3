import type { Client } from 'pg';

type Querying = Pick<Client, 'query'>;

/** Copies tables beside themselves, before something is done to them that no service would do. */
export async function keepTables(client: Querying, tables: readonly string[]): Promise<void> {
  for (const table of tables) await client.query(`CREATE TABLE kept_${table} AS TABLE ${table}`);
}

/** Puts kept tables back as they were; what is generated from other columns is generated again. */
export async function restoreTables(client: Querying, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const { rows } = await client.query<{ columns: string }>(
      `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
      [table],
    );
    const columns = rows[0]?.columns ?? '';
    await client.query(`DELETE FROM ${table}`);
    await client.query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM kept_${table}`);
    await client.query(`DROP TABLE kept_${table}`);
  }
}
