import type { DataSource } from 'typeorm';
import type { LedgerEvent } from '../domain/event.js';
import type { Ledger } from '../ledger/ledger.js';
import type { MailSender } from '../outbound/mail-sender.js';
import { eventMail, type MailPlace } from '../outbound/mail/event-mail.js';
import { readContact } from '../postgres/catalogue/contacts.js';
import { failed, failedForGood, targetGone, type DeliveryOutcome } from './delivery-outcome.js';
import type { FlagBouncedContact } from './flag-bounced-contact.js';
import type { NoticeEvidence } from './notice-evidence.js';
import { recordDeliveredNotice } from './record-delivered-notice.js';
import { sealDelivery } from './seal-delivery.js';

/** Brings an event to a contact by mail. Tried again it is the same message: its id stays. */
export class DeliverMail {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Pick<Ledger, 'execute'>,
    private readonly evidence: NoticeEvidence,
    private readonly sender: MailSender | null,
    private readonly flagBounced: FlagBouncedContact,
    private readonly place: MailPlace,
    private readonly wallNow: () => number,
  ) {}

  async run(event: LedgerEvent, contactId: string): Promise<DeliveryOutcome> {
    const contact = await readContact(this.database, contactId);
    if (contact?.licenseeId !== event.licenseeId) return targetGone('the contact was removed');
    if (contact.bouncedAt !== null) {
      await this.flagBounced.takeBack(contact);
      return failedForGood('mail to the contact came back', contact.bounceStatus);
    }
    if (contact.verifiedAt === null) return failedForGood('the address is not verified');
    if (this.sender === null) return failed('no mail server is configured');

    const mail = { ...eventMail(event, this.place), to: contact, messageId: `${event.id}.${contactId}` };
    const sent = await this.sender.send(mail);
    if (!sent.ok) {
      if (sent.bounced) await this.flagBounced.run(contact, sent.status);
      return sent.bounced ? failedForGood(sent.excerpt, sent.status) : failed(sent.excerpt, sent.status);
    }
    if (event.type === 'rates.announced') {
      const verification = String(contact.verifiedAt);
      await recordDeliveredNotice(this.ledger, event, contactId, { means: 'mail', contactId, messageId: event.id }, verification);
      // It may have bounced on another message meanwhile, before there was anything to take back.
      const after = await readContact(this.database, contactId);
      if (after !== null && after.bouncedAt !== null) await this.flagBounced.takeBack(after);
    }
    const at = this.wallNow();
    const { name, address } = contact;
    const shown = { contactId, name, address, messageId: mail.messageId, subject: mail.subject, text: mail.text, answer: sent.answer };
    await sealDelivery(this.evidence, event, 'mail', at, shown);
    return { ok: true, status: sent.status, at };
  }
}
