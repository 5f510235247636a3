import type { DataSource } from 'typeorm';
import type { LedgerEvent } from '../domain/event.js';
import type { Ledger } from '../ledger/ledger.js';
import { DeliverMail } from '../operations/deliver-mail.js';
import { DeliverWebhook } from '../operations/deliver-webhook.js';
import type { DeliveryOutcome } from '../operations/delivery-outcome.js';
import { FlagBouncedContact } from '../operations/flag-bounced-contact.js';
import { MailContactLinks } from '../operations/mail-contact-links.js';
import type { NoticeEvidence } from '../operations/notice-evidence.js';
import { MailSender } from '../outbound/mail-sender.js';
import type { WebhookSender } from '../outbound/webhook-sender.js';
import { CONTACT_LINKS, WEBHOOK_SECRETS, derivedKeys } from '../platform/sealing.js';

export interface DeliveryParts {
  readonly database: DataSource;
  readonly ledger: Pick<Ledger, 'execute'>;
  readonly evidence: NoticeEvidence;
  /** The one in use first, then those before it. */
  readonly sealingKeys: readonly Buffer[];
  readonly webhookSender: WebhookSender;
  readonly mail: { readonly url: string | null; readonly from: string };
  readonly publicUrl: string;
  readonly wallNow: () => number;
}

/** One attempt each, and what came of it. Safe to do again: a message keeps its id, and evidence is recorded once. */
export interface Delivery {
  readonly deliverMail: (event: LedgerEvent, contactId: string) => Promise<DeliveryOutcome>;
  readonly deliverWebhook: (event: LedgerEvent, endpointId: string) => Promise<DeliveryOutcome>;
  readonly contactLinks: MailContactLinks;
  close(): void;
}

export function createDelivery({ database, ledger, evidence, sealingKeys, webhookSender, mail, publicUrl, wallNow }: DeliveryParts): Delivery {
  const place = { publicUrl };
  const sender = mail.url === null ? null : new MailSender(mail.url, mail.from);
  const flagBounced = new FlagBouncedContact(database, ledger, wallNow);
  const mails = new DeliverMail(database, ledger, evidence, sender, flagBounced, place, wallNow);
  const webhooks = new DeliverWebhook(database, ledger, evidence, webhookSender, derivedKeys(sealingKeys, WEBHOOK_SECRETS), wallNow);
  return {
    deliverMail: (event, contactId) => mails.run(event, contactId),
    deliverWebhook: (event, endpointId) => webhooks.run(event, endpointId),
    contactLinks: new MailContactLinks(database, sender, flagBounced, derivedKeys(sealingKeys, CONTACT_LINKS), place, wallNow),
    close: () => sender?.close(),
  };
}
