import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Theatre } from '../support/theatre.js';

const PATIENCE_MS = 180_000;

/** Whoever accounts have named to be told: notes the ids of messages, and takes every one. */
export class Listener {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    private readonly heard: ReadonlySet<string>,
  ) {}

  static async start(): Promise<Listener> {
    const heard = new Set<string>();
    const server = createServer((request, response) => {
      const id = request.headers['webhook-id'];
      // Only what has arrived whole was received.
      request.resume().once('end', () => {
        if (typeof id === 'string') heard.add(id);
        response.writeHead(204).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Listener(server, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, heard);
  }

  get count(): number {
    return this.heard.size;
  }

  /** Once nothing happens any more: everything that an account was to be told of arrived (SPEC 16.6). Answers what did not. */
  async missing(theatre: Theatre): Promise<string[]> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const open = await theatre.asOwner(async (database) => {
        const { rows } = await database.query<{ n: number }>(
          `SELECT ((SELECT count(*) FROM credits.outbox WHERE published_at IS NULL) + (SELECT count(*) FROM credits.delivery WHERE state = 'pending'))::int AS n`,
        );
        return rows[0]?.n ?? 0;
      });
      if (open === 0) break;
      if (performance.now() > until) return [`${String(open)} messages were not delivered ${String(PATIENCE_MS / 1_000)} s after the last fault`];
      await sleep(250);
    }
    return theatre.asOwner(async (database) => {
      const { rows } = await database.query<{ account: string; id: string; type: string }>(
        `SELECT o.account_id AS account, o.id, o.type FROM credits.outbox AS o JOIN credits.webhook_endpoint AS e USING (account_id)
          WHERE o.created_at > e.created_at AND (o.type = 'rates.announced' OR (o.body->'route'->>'webhooks')::boolean)`,
      );
      return rows.filter(({ id }) => !this.heard.has(id)).map(({ account, id, type }) => `${account} was not told of ${type} (${id})`);
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
