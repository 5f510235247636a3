import type { DataSource } from 'typeorm';
import { instantText } from '../domain/calendar.js';
import { RefusedError } from '../domain/errors.js';
import { shortDigest } from '../domain/hash-chain.js';
import type { Ledger } from '../ledger/ledger.js';
import { appendEvent } from '../postgres/catalogue/append-event.js';
import { flagBounced, type Contact } from '../postgres/catalogue/contacts.js';
import { readAccountsOfLicensee, readNoticesMailedTo } from '../postgres/reads/undelivered-notices.js';
import { uuidV7 } from './uuid-v7.js';

/**
 * Mail to a contact came back (P3). The flag and its events are one transaction; then what was mailed to it is taken back in
 * each ledger, which is safe to do again, and is done again whenever mail for the contact comes up.
 */
export class FlagBouncedContact {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Pick<Ledger, 'execute'>,
    private readonly wallNow: () => number,
  ) {}

  /** `status`: what the mail server answered; null: the bounce came as a mail of its own. */
  async run(contact: Contact, status: number | null): Promise<void> {
    const { contactId, licenseeId } = contact;
    const now = this.wallNow();
    await this.database.transaction(async (manager) => {
      if (!(await flagBounced(manager, contactId, status, now))) return;
      const [first, ...others] = await readAccountsOfLicensee(manager, licenseeId);
      const data = { contactId, bouncedAt: instantText(now), status };
      // The contacts of a licensee are the same for all its accounts: one mail to each of the others is enough.
      if (first !== undefined) await appendEvent(manager, first, { type: 'contact.bounced', ruleId: null, route: { mail: 'all', webhooks: true }, data });
      for (const accountId of others) {
        await appendEvent(manager, accountId, { type: 'contact.bounced', ruleId: null, route: { mail: [], webhooks: true }, data });
      }
    });
    await this.takeBack(contact);
  }

  /** SPEC 8: a notice counts as delivered only to a contact that has not bounced since. */
  async takeBack({ contactId, licenseeId }: Contact): Promise<void> {
    for (const { accountId, noticeId } of await readNoticesMailedTo(this.database, licenseeId, contactId)) {
      const digest = shortDigest(`sys:bounce:${uuidV7(this.wallNow())}`);
      const verdict = await this.ledger.execute({ type: 'bounce-notice', accountId, actor: 'sys', keyDigest: digest, fingerprint: digest, noticeId, contactId });
      // Taken back already, or its thirty days are over; a closed account buys nothing any more.
      if (!verdict.ok && !['notice-not-found', 'account-closed'].includes(verdict.refusal.code)) throw new RefusedError(verdict.refusal);
    }
  }
}
