import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LedgerEvent } from '../../src/domain/event.js';
import type { Deliver } from '../../src/operations/deliver-events.js';
import type { DeliveryOutcome } from '../../src/operations/delivery-outcome.js';

export interface Received {
  readonly target: string;
  readonly event: LedgerEvent;
  /** Milliseconds of wall time. */
  readonly at: number;
}

/** An HTTP receiver on loopback that keeps what it gets, and answers as it is told. */
export class Receiver {
  readonly received: Received[] = [];
  /** What the next requests are answered; 204 unless it says otherwise. */
  answer: (event: LedgerEvent) => number = () => 204;
  private port = 0;

  private constructor(private server: Server) {}

  static async start(): Promise<Receiver> {
    const receiver: Receiver = new Receiver(createServer());
    await receiver.listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** On the same port as before. */
  async listen(): Promise<void> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const event = JSON.parse(Buffer.concat(chunks).toString()) as LedgerEvent;
        const status = this.answer(event);
        if (status < 300) this.received.push({ target: (request.url ?? '').slice(1), event, at: Date.now() });
        response.writeHead(status).end();
      });
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Nobody answers any more. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  eventsOf(accountId: string, target?: string): LedgerEvent[] {
    return this.received.filter((one) => one.event.accountId === accountId && (target === undefined || one.target === target)).map(({ event }) => event);
  }
}

/** Brings events to a receiver by plain HTTP. */
export function postTo(url: () => string): Deliver {
  return async (event, targetId): Promise<DeliveryOutcome> => {
    const response = await fetch(`${url()}/${targetId}`, { method: 'POST', body: JSON.stringify(event), signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    if (response.ok) return { ok: true, status: response.status, at: Date.now() };
    return { ok: false, permanent: false, status: response.status, excerpt: `answered ${String(response.status)}` };
  };
}
