import { createTransport } from 'nodemailer';
import type { RenderedMail } from './mail/render-mail.js';

export interface OutgoingMail extends RenderedMail {
  readonly to: { readonly name: string; readonly address: string };
  /** The same over all attempts, unique in the world: the part of Message-ID before the "@". */
  readonly messageId: string;
}

export type MailAnswer =
  /** `answer`: the server's own words, which often name the message in its log. They may name the address. */
  | { readonly ok: true; readonly status: number; readonly answer: string }
  /** `bounced`: the server refuses this contact for good, and not just this moment or this sender. */
  | { readonly ok: false; readonly bounced: boolean; readonly status: number | null; readonly excerpt: string };

const TIMEOUT_MS = 20_000;
const EXCERPT_LENGTH = 300;
/** Where a refusal is about the recipient or the message. Before these it is about us: our name, our rights. */
const ABOUT_THE_RECIPIENT = new Set(['RCPT TO', 'DATA']);

/** Hands mails to the mail server. Bounded in time; connections are kept for the next mails. */
export class MailSender {
  private readonly transport: ReturnType<typeof createTransport>;
  private readonly domain: string;

  constructor(
    url: string,
    private readonly from: string,
    timeoutMs: number = TIMEOUT_MS,
  ) {
    this.transport = createTransport({
      url,
      pool: true,
      maxConnections: 4,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    } as Parameters<typeof createTransport>[0]);
    this.domain = /@([^>\s]+)/.exec(from)?.[1] ?? 'localhost';
  }

  /** Never throws: what goes wrong is part of the answer. */
  async send({ to, messageId, subject, text, html }: OutgoingMail): Promise<MailAnswer> {
    try {
      const { response } = (await this.transport.sendMail({
        from: this.from,
        to: { name: to.name, address: to.address },
        subject,
        text,
        html,
        messageId: `<${messageId}@${this.domain}>`,
        // RFC 3834: no out-of-office notice answers a machine.
        headers: { 'Auto-Submitted': 'auto-generated' },
      })) as { response?: string };
      return { ok: true, status: Number.parseInt(response ?? '250', 10) || 250, answer: (response ?? '').slice(0, EXCERPT_LENGTH) };
    } catch (error) {
      return refused(error as SmtpError);
    }
  }

  close(): void {
    this.transport.close();
  }
}

interface SmtpError {
  readonly message: string;
  readonly responseCode?: number;
  readonly command?: string;
  readonly response?: string;
}

function refused({ message, responseCode, command, response }: SmtpError): MailAnswer {
  const status = responseCode ?? null;
  const bounced = status !== null && status >= 500 && command !== undefined && ABOUT_THE_RECIPIENT.has(command);
  return { ok: false, bounced, status, excerpt: withoutAddresses(response ?? message).slice(0, EXCERPT_LENGTH) };
}

/** A mail server likes to repeat the address, and it belongs into no log. */
function withoutAddresses(text: string): string {
  return text.replaceAll(/[^\s<>"']+@[^\s<>"']+/g, '(address)').replaceAll(/\s+/g, ' ').trim();
}
