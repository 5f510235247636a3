import type { DataSource, EntityManager } from 'typeorm';

type Database = DataSource | EntityManager;

/** Everything personal that is kept of a contact. */
export type ContactData = Readonly<Record<string, unknown>>;

/** Whole, as the person may see it and take it along; null: there is no such contact, or it was erased. */
export async function readContactData(database: Database, contactId: string): Promise<ContactData | null> {
  const [row] = await database.query<{ data: ContactData }[]>(
    `SELECT to_jsonb(c) - 'link_due_at' - 'link_attempts' AS data FROM contact AS c WHERE contact_id = $1 AND removed_at IS NULL`,
    [contactId],
  );
  return row?.data ?? null;
}

export async function correctContactName(database: Database, contactId: string, name: string): Promise<boolean> {
  const rows = await database.query<unknown[]>('WITH changed AS (UPDATE contact SET name = $2 WHERE contact_id = $1 AND removed_at IS NULL RETURNING 1) SELECT * FROM changed', [
    contactId,
    name,
  ]);
  return rows.length === 1;
}

/** Removes what is personal; the id stays, because entries name it. */
export async function eraseContact(database: Database, contactId: string, now: number): Promise<boolean> {
  const rows = await database.query<unknown[]>(
    `WITH erased AS (
       UPDATE contact SET removed_at = $2, name = NULL, address = NULL, address_version = address_version + 1, link_due_at = NULL
        WHERE contact_id = $1 AND removed_at IS NULL RETURNING 1
     ) SELECT * FROM erased`,
    [contactId, new Date(now)],
  );
  return rows.length === 1;
}

/** Erases the free metadata of an entry; its salted hash stays in the chain and tells nothing without the salt. */
export async function eraseMetadata(database: Database, accountId: string, seq: number): Promise<boolean> {
  const [row] = await database.query<{ erased: boolean }[]>('SELECT erase_metadata($1, $2) AS erased', [accountId, seq]);
  return row?.erased === true;
}
