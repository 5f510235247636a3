import { query } from './ledger-account.js';

/** As far as requests of persons need it, where the deployment has no contacts yet. */
const CONTACTS = `
  CREATE TABLE IF NOT EXISTS contact (
    licensee_id text, contact_id text PRIMARY KEY, name text, address text, address_version integer NOT NULL DEFAULT 1,
    created_at timestamptz(3) NOT NULL, removed_at timestamptz(3), link_due_at timestamptz(3), link_attempts integer NOT NULL DEFAULT 0);
  GRANT SELECT, INSERT, UPDATE ON contact TO credits_writer`;

/** Somebody to ask about, put straight into the contacts. */
export async function insertPerson(ownerUrl: string, contactId: string, name: string, address: string): Promise<void> {
  await query(ownerUrl, CONTACTS);
  await query(ownerUrl, `INSERT INTO contact (licensee_id, contact_id, name, address, created_at) VALUES ('acme', '${contactId}', '${name}', '${address}', now())`);
}
