import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly to: string;
  /** As it came, headers and all. */
  readonly raw: string;
}

/** A real SMTP server on loopback. It refuses the addresses that it is told to refuse. */
export class MailServer {
  readonly received: ReceivedMail[] = [];
  /** Address to the status of the refusal. */
  readonly refuses = new Map<string, number>();

  private constructor(private readonly server: SMTPServer) {}

  static async start(): Promise<MailServer> {
    const holder: { mail?: MailServer } = {};
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: ({ address }, _session, callback) => {
        const status = holder.mail?.refuses.get(address);
        callback(status === undefined ? null : Object.assign(new Error(`no mailbox ${address} here`), { responseCode: status }));
      },
      onData: (stream, session, callback) => {
        let raw = '';
        stream.on('data', (chunk: Buffer) => (raw += chunk.toString('utf8')));
        stream.on('end', () => {
          for (const { address } of session.envelope.rcptTo) holder.mail?.received.push({ to: address, raw });
          callback();
        });
      },
    });
    const mail = new MailServer(server);
    holder.mail = mail;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => {
        resolve();
      }));
    return mail;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  to(address: string): ReceivedMail[] {
    return this.received.filter((mail) => mail.to === address);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }
}

/** Quoted-printable, undone. */
export function readable({ raw }: ReceivedMail): string {
  const bytes = raw.replaceAll(/=\r?\n/g, '').replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
