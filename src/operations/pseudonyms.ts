import { createHmac } from 'node:crypto';

/**
 * End users' ids are kept only as pseudonyms: the first 16 bytes of an HMAC under a key outside the database (SPEC 14). Once
 * a key is rotated, new entries bear other pseudonyms; those before it are known for as long as their keys are, and with the
 * last trace of a key they belong to nobody.
 */
export class Pseudonyms {
  /** Newest key first. */
  constructor(private readonly keys: readonly Buffer[]) {
    if (keys.length === 0) throw new Error('there is no key for pseudonyms');
  }

  /** As entries bear it from now on: 32 hex digits. */
  of(endUser: string): string {
    return pseudonym(this.keys[0] as Buffer, endUser);
  }

  /** Every pseudonym that entries may bear. */
  everyOne(endUser: string): readonly string[] {
    return this.keys.map((key) => pseudonym(key, endUser));
  }
}

function pseudonym(key: Buffer, endUser: string): string {
  return createHmac('sha256', key).update(endUser).digest('hex').slice(0, 32);
}
