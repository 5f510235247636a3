import { createHash, createHmac, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';

/**
 * The password of the writer or the reader, made from the one of the connection that provisions them: instances that
 * share DATABASE_URL agree on it without exchanging anything, and it does not lead back to where it came from.
 */
export function derivedPassword(adminPassword: string, role: string): string {
  return scryptSync(adminPassword.normalize('NFC'), `credits-ledger/v1/${role}`, 32).toString('base64url');
}

const SCRAM_ITERATIONS = 4096;

/** What PostgreSQL stores of a password. Sent in its place, no log of statements ever shows the password. */
export function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const keyed = (label: string): Buffer => createHmac('sha256', salted).update(label).digest();
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${String(SCRAM_ITERATIONS)}:${salt.toString('base64')}$${storedKey}:${keyed('Server Key').toString('base64')}`;
}
