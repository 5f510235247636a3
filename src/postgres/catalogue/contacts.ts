import type { DataSource, EntityManager } from 'typeorm';

/** A person or mailbox of a licensee. Times in milliseconds of wall time. */
export interface Contact {
  readonly licenseeId: string;
  readonly contactId: string;
  readonly name: string;
  readonly address: string;
  /** Rises with every address. */
  readonly addressVersion: number;
  readonly createdAt: number;
  readonly verifiedAt: number | null;
  readonly bouncedAt: number | null;
  readonly bounceStatus: number | null;
  readonly linkSentAt: number | null;
}

interface ContactRow {
  readonly licensee_id: string;
  readonly contact_id: string;
  readonly name: string;
  readonly address: string;
  readonly address_version: number;
  readonly created_at: Date;
  readonly verified_at: Date | null;
  readonly bounced_at: Date | null;
  readonly bounce_status: number | null;
  readonly link_sent_at: Date | null;
}

type Database = DataSource | EntityManager;

/** Contacts of the licensee of an account, oldest first; without those that were removed. */
export async function readContacts(database: Database, accountId: string): Promise<Contact[]> {
  const rows = await database.query<ContactRow[]>(
    `SELECT c.* FROM contact AS c JOIN account AS a USING (licensee_id)
      WHERE a.account_id = $1 AND c.removed_at IS NULL ORDER BY c.created_at, c.contact_id`,
    [accountId],
  );
  return rows.map(contactOf);
}

/** Null: there is none, or it was removed. */
export async function readContact(database: Database, contactId: string): Promise<Contact | null> {
  const [row] = await database.query<ContactRow[]>('SELECT * FROM contact WHERE contact_id = $1 AND removed_at IS NULL', [contactId]);
  return row === undefined ? null : contactOf(row);
}

/** Says whether it is new: an address is a contact of a licensee once. A mail with the verifying link is due at once. */
export async function insertContact(database: Database, contact: Pick<Contact, 'licenseeId' | 'contactId' | 'name' | 'address' | 'createdAt'>): Promise<boolean> {
  const { licenseeId, contactId, name, address, createdAt } = contact;
  const rows = await database.query<unknown[]>(
    `INSERT INTO contact (licensee_id, contact_id, name, address, created_at, link_due_at) VALUES ($1, $2, $3, $4, $5, $5)
     ON CONFLICT (licensee_id, lower(address)) WHERE removed_at IS NULL DO NOTHING RETURNING 1`,
    [licenseeId, contactId, name, address, new Date(createdAt)],
  );
  return rows.length === 1;
}

/** Erases what is personal. The id stays: entries and events name it. Says whether it was there. */
export function removeContact(database: Database, contactId: string, now: number): Promise<boolean> {
  return changed(
    database,
    `UPDATE contact SET removed_at = $2, name = NULL, address = NULL, link_due_at = NULL, address_version = address_version + 1
      WHERE contact_id = $1 AND removed_at IS NULL`,
    [contactId, new Date(now)],
  );
}

/** Another mail with the link, unless one was sent a moment ago. */
export function askForLink(database: Database, contactId: string, now: number, notBefore: number): Promise<boolean> {
  return changed(
    database,
    `UPDATE contact SET link_due_at = $2, link_attempts = 0 WHERE contact_id = $1 AND removed_at IS NULL AND (link_sent_at IS NULL OR link_sent_at < $3)`,
    [contactId, new Date(now), new Date(notBefore)],
  );
}

/** The address is the contact's own: mail reaches it from now on. Says whether the link was of this address. */
export function verifyContact(database: Database, { contactId, addressVersion }: Pick<Contact, 'contactId' | 'addressVersion'>, now: number): Promise<boolean> {
  return changed(
    database,
    `UPDATE contact SET verified_at = CASE WHEN bounced_at IS NULL THEN coalesce(verified_at, $3) ELSE $3 END, bounced_at = NULL, bounce_status = NULL, link_due_at = NULL
      WHERE contact_id = $1 AND address_version = $2 AND removed_at IS NULL`,
    [contactId, addressVersion, new Date(now)],
  );
}

/** Mail came back. Says whether that is news. */
export function flagBounced(database: Database, contactId: string, status: number | null, now: number): Promise<boolean> {
  return changed(
    database,
    `UPDATE contact SET bounced_at = $2, bounce_status = $3, link_due_at = NULL WHERE contact_id = $1 AND bounced_at IS NULL AND removed_at IS NULL`,
    [contactId, new Date(now), status],
  );
}

/** Contacts to whom a link is due, taken by this worker alone until the time is over. */
export async function claimLinks(database: Database, now: number, until: number, limit: number): Promise<(Contact & { readonly attempts: number })[]> {
  const rows = await database.query<(ContactRow & { link_attempts: number })[]>(
    `WITH claimed AS (
       UPDATE contact SET link_due_at = $2, link_attempts = link_attempts + 1 WHERE contact_id IN (
         SELECT contact_id FROM contact WHERE link_due_at <= $1 AND removed_at IS NULL ORDER BY link_due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       RETURNING *
     ) SELECT * FROM claimed`,
    [new Date(now), new Date(until), limit],
  );
  return rows.map((row) => ({ ...contactOf(row), attempts: row.link_attempts }));
}

/** What came of an attempt to mail a link; `dueAt` null: no further one. */
export async function settleLink(database: Database, { contactId, addressVersion }: Contact, sentAt: number | null, dueAt: number | null): Promise<void> {
  await database.query(
    'UPDATE contact SET link_sent_at = coalesce($3, link_sent_at), link_due_at = $4 WHERE contact_id = $1 AND address_version = $2',
    [contactId, addressVersion, sentAt === null ? null : new Date(sentAt), dueAt === null ? null : new Date(dueAt)],
  );
}

export async function countContacts(database: Database, licenseeId: string): Promise<number> {
  const [row] = await database.query<{ n: number }[]>('SELECT count(*)::int AS n FROM contact WHERE licensee_id = $1 AND removed_at IS NULL', [licenseeId]);
  return row?.n ?? 0;
}

/** An UPDATE's row count, whatever the driver makes of an UPDATE. */
async function changed(database: Database, update: string, values: readonly unknown[]): Promise<boolean> {
  const rows = await database.query<unknown[]>(`WITH changed AS (${update} RETURNING 1) SELECT * FROM changed`, [...values]);
  return rows.length > 0;
}

function contactOf(row: ContactRow): Contact {
  return {
    licenseeId: row.licensee_id,
    contactId: row.contact_id,
    name: row.name,
    address: row.address,
    addressVersion: row.address_version,
    createdAt: row.created_at.getTime(),
    verifiedAt: row.verified_at?.getTime() ?? null,
    bouncedAt: row.bounced_at?.getTime() ?? null,
    bounceStatus: row.bounce_status,
    linkSentAt: row.link_sent_at?.getTime() ?? null,
  };
}
