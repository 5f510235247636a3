import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DataSource } from 'typeorm';
import type { LedgerEvent } from '../../src/domain/event.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { NoticeEvidence } from '../../src/operations/notice-evidence.js';
import { targetsOfEvents } from '../../src/operations/targets-of-events.js';
import { WebhookEndpoints } from '../../src/operations/webhook-endpoints.js';
import { WebhookSender } from '../../src/outbound/webhook-sender.js';
import { WEBHOOK_SECRETS, derivedKeys } from '../../src/platform/sealing.js';
import { systemWallClock } from '../../src/platform/wall-clock.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { createDelivery } from '../../src/workers/delivery.js';
import { openDispatchDatabase } from '../../src/workers/dispatch-database.js';
import { Dispatch } from '../../src/workers/dispatch.js';
import { queueBackend } from '../../src/workers/queue-backend.js';
import type { BenchDatabase } from '../harness/database.js';
import { crossingOf } from '../load/crossing.js';

const HOST = '127.0.0.1';
const SEALING_KEY = Buffer.alloc(32, 1);

/** An HTTP server that notes when each crossing first came, by `performance.now()`. */
export interface Receiver {
  readonly url: string;
  readonly arrived: Map<string, number>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const arrived = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { accountId, seq } = JSON.parse(Buffer.concat(chunks).toString()) as LedgerEvent;
      const key = crossingOf(accountId, seq);
      if (!arrived.has(key)) arrived.set(key, performance.now());
      response.writeHead(204).end();
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${String((server.address() as AddressInfo).port)}/`,
    arrived,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An endpoint of each account, as an admin adds it. */
export async function addEndpoints(database: BenchDatabase, accounts: readonly string[], url: string): Promise<void> {
  const dataSource: DataSource = serviceDataSource({ url: database.urls.writer, poolSize: 4, applicationName: 'bench-endpoints', onPoolError: () => undefined });
  await dataSource.initialize();
  const endpoints = new WebhookEndpoints(dataSource, derivedKeys([SEALING_KEY], WEBHOOK_SECRETS), new Set([HOST]), () => systemWallClock.now());
  for (const accountId of accounts) await endpoints.add(accountId, { url, eventTypes: ['balance.below'] }, { actor: 'key:bench', idempotencyKey: 'bench' });
  await dataSource.destroy();
}

export interface Telling {
  wake(): void;
  stop(): Promise<void>;
}

/** Relay and workers as the service has them, in this process: what they send is signed, and logged. */
export async function startTelling(database: BenchDatabase, ledger: () => Ledger, redisUrl: string | null): Promise<Telling> {
  const onFailure = (error: unknown): void => {
    process.stderr.write(`delivery failed: ${String(error)}\n`);
  };
  const wallNow = (): number => systemWallClock.now();
  const dataSource = await openDispatchDatabase(database.urls.writer, onFailure);
  const webhookSender = new WebhookSender({ allowedHosts: new Set([HOST]) });
  const delivery = createDelivery({
    database: dataSource,
    ledger: { execute: (command) => ledger().execute(command) },
    evidence: new NoticeEvidence(dataSource, [SEALING_KEY], 1, wallNow),
    sealingKeys: [SEALING_KEY],
    webhookSender,
    mail: { url: null, from: 'bench@localhost' },
    publicUrl: 'http://localhost',
    wallNow,
  });
  const dispatch = new Dispatch({
    database: dataSource,
    backend: queueBackend({ redisUrl, writerUrl: database.urls.writer }),
    targetsOf: targetsOfEvents,
    deliver: { mail: delivery.deliverMail, webhook: delivery.deliverWebhook },
    clock: () => performance.now(),
    wallNow,
    onFailure,
  });
  return {
    wake: () => {
      dispatch.wake();
    },
    stop: async () => {
      await dispatch.stop();
      delivery.close();
      await webhookSender.close();
      await dataSource.destroy();
    },
  };
}
