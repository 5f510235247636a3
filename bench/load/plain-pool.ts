import { connect, type Socket } from 'node:net';

export interface PlainAnswer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
}

interface Waiting {
  readonly request: string;
  readonly resolve: (answer: PlainAnswer) => void;
  readonly reject: (error: Error) => void;
}

const END_OF_HEAD = '\r\n\r\n';

/**
 * A client of HTTP/1.1 that knows what the service sends and no more: answers with a Content-Length, on connections that stay
 * open. It costs a fraction of a real client, so that a crowd does not take the CPU from the service that it crowds.
 */
export class PlainPool {
  private readonly idle: PlainConnection[] = [];
  private readonly all: PlainConnection[] = [];
  private readonly waiting: Waiting[] = [];

  /** All connections are open when it resolves. */
  static async open(url: string, connections: number): Promise<PlainPool> {
    const pool = new PlainPool();
    const { hostname, port } = new URL(url);
    while (pool.all.length < connections) {
      const some = Array.from({ length: Math.min(100, connections - pool.all.length) }, () => openSocket(hostname, Number(port)));
      for (const socket of await Promise.all(some)) {
        const connection = new PlainConnection(socket, () => { pool.next(connection); });
        pool.all.push(connection);
        pool.idle.push(connection);
      }
    }
    return pool;
  }

  /** The whole request, as it goes over the wire. */
  send(request: string): Promise<PlainAnswer> {
    return new Promise((resolve, reject) => {
      const waiting = { request, resolve, reject };
      const connection = this.idle.pop();
      if (connection === undefined) this.waiting.push(waiting);
      else connection.carry(waiting);
    });
  }

  close(): void {
    for (const connection of this.all) connection.close();
  }

  private next(connection: PlainConnection): void {
    const waiting = this.waiting.shift();
    if (waiting === undefined) this.idle.push(connection);
    else connection.carry(waiting);
  }
}

class PlainConnection {
  private carried: Waiting | null = null;
  private text = '';

  constructor(
    private readonly socket: Socket,
    private readonly done: () => void,
  ) {
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (chunk: string) => { this.take(chunk); });
    socket.on('error', (error) => { this.fail(error); });
    socket.on('close', () => { this.fail(new Error('the service has closed a connection')); });
  }

  carry(waiting: Waiting): void {
    this.carried = waiting;
    this.socket.write(waiting.request, 'latin1');
  }

  close(): void {
    this.carried = null;
    this.socket.destroy();
  }

  private take(chunk: string): void {
    this.text += chunk;
    const headEnds = this.text.indexOf(END_OF_HEAD);
    if (headEnds === -1) return;
    const head = this.text.slice(0, headEnds);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (this.text.length < headEnds + END_OF_HEAD.length + length) return;
    const { carried } = this;
    this.text = '';
    this.carried = null;
    carried?.resolve({ status: Number(head.slice(9, 12)), head });
    this.done();
  }

  private fail(error: Error): void {
    this.carried?.reject(error);
    this.carried = null;
  }
}

function openSocket(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
