import { withClient } from './connection.js';
import { OWNER_ROLE } from './roles.js';

/** The first key of a deployment: nobody could make it through the API. */
export interface FirstOperatorKey {
  readonly keyId: string;
  readonly secretHmac: Buffer;
  readonly label: string;
}

/**
 * begun: the database was empty, and now has this operator's key and a clock that begins in the past.
 * known: it has this key from an earlier start. foreign: it has been in use without it, and nothing was touched.
 */
export type SandboxBeginning = 'begun' | 'known' | 'foreign';

/**
 * Lets an empty sandbox begin some days ago, so that its first weeks (an order form, a notice of thirty days, a second
 * purchase) can be played through without business time running ahead of the real one. Only here, before there is any
 * entry, is the clock set back; from then on a trigger lets it advance only.
 */
export function beginSandbox(ownerUrl: string, key: FirstOperatorKey, daysAgo: number): Promise<SandboxBeginning> {
  const connection = { url: ownerUrl, applicationName: 'credits-first-start', settings: { role: OWNER_ROLE } };
  return withClient(connection, async (client) => {
    await client.query('BEGIN');
    // Two first starts at the same time take turns here.
    await client.query('LOCK TABLE business_clock IN EXCLUSIVE MODE');
    const { rows } = await client.query<{ empty: boolean; known: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM licensee) AND NOT EXISTS (SELECT FROM account_state) AND NOT EXISTS (SELECT FROM rate_card)
              AND NOT EXISTS (SELECT FROM api_key) AS empty,
              EXISTS (SELECT FROM api_key WHERE secret_hmac = $1 AND revoked_at IS NULL) AS known`,
      [key.secretHmac],
    );
    const [found] = rows;
    if (found?.empty === true) {
      // An update would be held back by the trigger, and rightly so.
      await client.query('DELETE FROM business_clock');
      await client.query('INSERT INTO business_clock (offset_ms) VALUES ($1::bigint * -86400000)', [daysAgo]);
      await client.query(
        `INSERT INTO api_key (key_id, secret_hmac, label, scopes, created_at) VALUES ($1, $2, $3, '{operator}', clock_timestamp())`,
        [key.keyId, key.secretHmac, key.label],
      );
    }
    await client.query('COMMIT');
    return found?.empty === true ? 'begun' : found?.known === true ? 'known' : 'foreign';
  });
}
