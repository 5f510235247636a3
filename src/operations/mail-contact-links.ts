import type { DataSource } from 'typeorm';
import type { MailSender } from '../outbound/mail-sender.js';
import type { MailPlace } from '../outbound/mail/event-mail.js';
import { verificationMail } from '../outbound/mail/render-mail.js';
import { newest } from '../platform/sealing.js';
import { claimLinks, settleLink, type Contact } from '../postgres/catalogue/contacts.js';
import { readLicensee } from '../postgres/reads/accounts.js';
import { LINK_LIFE_MS, contactToken } from './contact-link.js';
import type { FlagBouncedContact } from './flag-bounced-contact.js';

const AT_ONCE = 20;
/** How long one worker has a mail to itself. */
const CLAIM_MS = 2 * 60_000;
const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 6 * 3_600_000;
/** About two days of trying; then the link has to be asked for again. */
const ATTEMPTS = 16;

/** Mails the link that verifies an address. The link is made when it is mailed, and kept nowhere. */
export class MailContactLinks {
  constructor(
    private readonly database: DataSource,
    private readonly sender: MailSender | null,
    private readonly flagBounced: FlagBouncedContact,
    private readonly linkKeys: readonly Buffer[],
    private readonly place: MailPlace,
    private readonly wallNow: () => number,
  ) {}

  /** Returns how many were sent. Without a mail server the links wait. */
  async run(): Promise<number> {
    if (this.sender === null) return 0;
    const now = this.wallNow();
    const due = await claimLinks(this.database, now, now + CLAIM_MS, AT_ONCE);
    let sent = 0;
    for (const contact of due) sent += (await this.mail(contact, this.sender)) ? 1 : 0;
    return sent;
  }

  private async mail(contact: Contact & { readonly attempts: number }, sender: MailSender): Promise<boolean> {
    const now = this.wallNow();
    const licensee = await readLicensee(this.database, contact.licenseeId);
    const token = contactToken(newest(this.linkKeys), contact, now + LINK_LIFE_MS);
    const mail = verificationMail(licensee?.legalName ?? 'A licensee', `${this.place.publicUrl}/contacts/verify?token=${token}`);
    const answer = await sender.send({ ...mail, to: contact, messageId: `link.${contact.contactId}.${now.toString(36)}` });
    if (answer.ok) {
      await settleLink(this.database, contact, now, null);
      return true;
    }
    const retryAt = now + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (contact.attempts - 1));
    await settleLink(this.database, contact, null, answer.bounced || contact.attempts >= ATTEMPTS ? null : retryAt);
    if (answer.bounced) await this.flagBounced.run(contact, answer.status);
    return false;
  }
}
