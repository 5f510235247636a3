import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where a connection to the database breaks. */
export type Cut =
  /** COMMIT never reaches the server: nothing is kept. */
  | 'before-commit'
  /** COMMIT is on its way when the client loses sight of it. */
  | 'with-commit'
  /** The server has committed, and its answer is lost. */
  | 'after-commit'
  /** COMMIT is carried out, but nothing comes through any more, and nothing is closed either. */
  | 'silence-at-commit';

/** A query message of the PostgreSQL protocol with this text, and the server's tag for it. */
const COMMIT_QUERY = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1');
const COMMIT_DONE = Buffer.from('C\0\0\0\x0bCOMMIT\0', 'latin1');

/** Stands between a ledger and its database, message by message, and breaks the connection where the test says. */
export class CuttingProxy {
  private armed: { where: Cut; commits: number } | null = null;
  private readonly links = new Set<Link>();
  cuts = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(targetUrl: string): Promise<CuttingProxy> {
    const target = new URL(targetUrl);
    const server = createServer({ allowHalfOpen: true }, (client) => { proxy.accept(client, target); });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(targetUrl);
    url.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const proxy = new CuttingProxy(server, url.href);
    return proxy;
  }

  /** Breaks the connection that comes to its COMMIT as the n-th from now, once. */
  cutAtCommit(where: Cut, nth = 1): void {
    this.armed = { where, commits: nth };
  }

  /** Ends every connection that is open now, wherever it stands. */
  cutAll(): void {
    for (const link of this.links) {
      this.cuts += 1;
      link.break();
    }
  }

  /** From now on nothing comes through on the connections that are open now, and nothing is closed either. */
  silenceAll(): void {
    for (const link of this.links) link.silence();
  }

  async close(): Promise<void> {
    for (const link of this.links) link.break();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket, target: URL): void {
    const link = new Link(client, connect(Number(target.port), target.hostname), () => this.takeCut());
    this.links.add(link);
    client.once('close', () => this.links.delete(link));
  }

  private takeCut(): Cut | null {
    if (this.armed === null || (this.armed.commits -= 1) > 0) return null;
    const { where } = this.armed;
    this.armed = null;
    this.cuts += 1;
    return where;
  }
}

class Link {
  private cut: Cut | null = null;
  private silent = false;

  constructor(
    private readonly client: Socket,
    private readonly upstream: Socket,
    private readonly takeCut: () => Cut | null,
  ) {
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    client.on('end', () => {
      if (!this.silent) upstream.end();
    });
    client.on('close', () => upstream.end());
    upstream.on('close', () => {
      if (!this.silent) client.destroy();
    });
    // The first message of a connection has no type.
    client.on('data', messages(true, (message) => { this.fromClient(message); }));
    upstream.on('data', messages(false, (message) => { this.fromServer(message); }));
  }

  break(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  silence(): void {
    this.silent = true;
    this.cut = 'silence-at-commit';
  }

  private fromClient(message: Buffer): void {
    if (this.cut !== null) return;
    if (message.equals(COMMIT_QUERY)) {
      this.cut = this.takeCut();
      if (this.cut === 'before-commit') {
        this.client.destroy();
        this.upstream.end();
        return;
      }
    }
    this.upstream.write(message);
    if (this.cut === 'with-commit') {
      this.client.destroy();
      this.upstream.end();
    }
    if (this.cut === 'silence-at-commit') this.silent = true;
  }

  private fromServer(message: Buffer): void {
    if (this.silent) return;
    if (this.cut === 'after-commit' && message.equals(COMMIT_DONE)) this.break();
    else this.client.write(message);
  }
}

/** Cuts a byte stream into messages of the protocol: a type (but for the very first), a length that includes itself, a body. */
function messages(startsUntyped: boolean, each: (message: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  let typeLength = startsUntyped ? 0 : 1;
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= typeLength + 4) {
      const length = typeLength + pending.readInt32BE(typeLength);
      if (pending.length < length) return;
      const message = pending.subarray(0, length);
      pending = pending.subarray(length);
      typeLength = 1;
      each(message);
    }
  };
}
