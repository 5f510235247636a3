import { createHmac } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { askForLink, countContacts, insertContact, readContact, readContacts, removeContact, verifyContact, type Contact } from '../postgres/catalogue/contacts.js';
import { queueUndeliveredNotices } from '../postgres/catalogue/queue-notices.js';
import { readAccount } from '../postgres/reads/accounts.js';
import { readContactToken } from './contact-link.js';
import type { FlagBouncedContact } from './flag-bounced-contact.js';
import { catalogueRequest, type Requester } from './keyed-request.js';
import { uuidV7 } from './uuid-v7.js';

const CONTACTS_AT_MOST = 100;
/** A link is mailed to the same address at most this often. */
const BETWEEN_LINKS_MS = 5 * 60_000;

/** Who a licensee wants to be told: kept current by its own admins (P3). An address is mailed to only once it is verified. */
export class ContactBook {
  constructor(
    private readonly database: DataSource,
    private readonly flagBounced: FlagBouncedContact,
    private readonly linkKeys: readonly Buffer[],
    /** Never rotated: a request sent again has to be the same one. */
    private readonly fingerprintKey: Buffer,
    private readonly wallNow: () => number,
  ) {}

  /** The answer that is kept for a replay has no name and no address in it. */
  add(accountId: string, { name, address }: Pick<Contact, 'name' | 'address'>, requester: Requester): Promise<Answered<{ contactId: string }>> {
    const digest = createHmac('sha256', this.fingerprintKey).update(JSON.stringify([name, address])).digest('hex');
    const keyed = catalogueRequest(`account:${accountId}`, requester, 'add-contact', { digest });
    return answeredOnce(this.database, keyed, async (manager) => {
      const account = await readAccount(manager, accountId);
      if (account === null) return refuse('account-not-found', 'There is no such account.');
      const { licenseeId } = account;
      if ((await countContacts(manager, licenseeId)) >= CONTACTS_AT_MOST) {
        refuse('limit-reached', `A licensee has at most ${String(CONTACTS_AT_MOST)} contacts: remove one first.`);
      }
      const createdAt = this.wallNow();
      const contactId = uuidV7(createdAt);
      if (!(await insertContact(manager, { licenseeId, contactId, name, address, createdAt }))) {
        refuse('contact-exists', 'This address is a contact of the licensee already.', { pointer: '/address' });
      }
      return { contactId };
    });
  }

  async find(accountId: string, contactId: string): Promise<Contact> {
    const contact = (await readContacts(this.database, accountId)).find((other) => other.contactId === contactId);
    return contact ?? refuse('contact-not-found', 'The licensee has no such contact.');
  }

  async remove(accountId: string, contactId: string): Promise<void> {
    await this.find(accountId, contactId);
    await removeContact(this.database, contactId, this.wallNow());
  }

  /** Mails the link again, unless that was done a moment ago. */
  async askForLink(accountId: string, contactId: string): Promise<Contact> {
    await this.find(accountId, contactId);
    const now = this.wallNow();
    await askForLink(this.database, contactId, now, now - BETWEEN_LINKS_MS);
    return this.find(accountId, contactId);
  }

  /** An operator knows of a bounce that came later, as a mail of its own. */
  async reportBounce(accountId: string, contactId: string): Promise<Contact> {
    await this.flagBounced.run(await this.find(accountId, contactId), null);
    return this.find(accountId, contactId);
  }

  /**
   * Whoever reads the mail has the address. What the contact could not be told of rates while its address was not verified, or
   * bounced, is mailed now.
   */
  async verify(token: string): Promise<void> {
    const now = this.wallNow();
    const linked = readContactToken(this.linkKeys, token, now);
    const contact = linked === null ? null : await readContact(this.database, linked.contactId);
    if (linked === null || contact === null || !(await verifyContact(this.database, linked, now))) {
      return refuse('link-invalid', 'This link is not valid any more. Have another one sent.');
    }
    await queueUndeliveredNotices(this.database, contact.licenseeId, contact.contactId);
  }

  /** Whether a link would verify something. */
  async knows(token: string): Promise<boolean> {
    const linked = readContactToken(this.linkKeys, token, this.wallNow());
    const contact = linked === null ? null : await readContact(this.database, linked.contactId);
    return contact !== null && contact.addressVersion === linked?.addressVersion;
  }
}
