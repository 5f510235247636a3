import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import { SCHEMA } from './roles.js';

export interface ConnectionSettings {
  readonly url: string;
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
  /** Server settings for the whole session, such as `statement_timeout`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Settings travel with the connection's first packet: no round trip, and no moment at which a session lacks them. */
export function startupOptions(settings: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ search_path: SCHEMA, timezone: 'UTC', ...settings })
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, String.raw`\$&`)}`)
    .join(' ');
}

/** Longer than any statement of the service may take, and longer than the pool keeps a connection that nobody uses. */
const SILENCE_MS = 15_000;

/**
 * A connection that gives up on a network that has gone silent: without it, whoever waits for an answer, and sooner or
 * later the whole pool, would wait for as long as the system retries, which is a quarter of an hour.
 */
export function impatientSocket(): Socket {
  const socket = new Socket();
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('Connection terminated: the database was silent')));
  return socket;
}

/**
 * For every pool, as its `onConnect`. Between a pool and whoever takes a connection from it, the connection has no listener
 * for a moment. A server that goes away just then, in the very packet that says it is ready, would end the process; whoever
 * took it learns of it by the next query anyway.
 */
export function surviveLoss(client: EventEmitter): void {
  client.on('error', () => undefined);
}

export function clientConfig({ url, applicationName, settings }: ConnectionSettings): ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    options: startupOptions(settings),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
}

export async function withClient<Result>(connection: ConnectionSettings, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client(clientConfig(connection));
  // Without a listener, a connection lost between two queries would end the process; the next query reports it anyway.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}
