import type { FastifyInstance } from 'fastify';
import { Gauge, Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { readDeliveryHealth } from '../../postgres/reads/delivery-health.js';
import type { VisibleQueues } from './visible-queues.js';

/** How long a queue may take to say how long it is, in milliseconds: one that is away leaves its own gauges out, and no others. */
const QUEUE_PATIENCE_MS = 2_000;

/**
 * `GET /metrics`: how far telling lags, in the text format of Prometheus, for a key with `metrics` or `operator`. Everything
 * is read from database and queue when it is asked for, so that each instance says the same, and none has to be asked twice.
 */
export function serveMetrics(server: FastifyInstance, database: DataSource, queues: VisibleQueues): void {
  server.get('/metrics', async (_request, reply) => {
    const registry = new Registry();
    const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge => new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
    const health = await readDeliveryHealth(database);
    gauge('credits_outbox_waiting', 'Events that were not handed to the queue yet').set(health.outboxWaiting);
    gauge('credits_outbox_lag_seconds', 'Age of the oldest event that was not handed to the queue yet; 0: none waits').set(health.outboxLagSeconds);
    const pending = gauge('credits_deliveries_pending', 'Deliveries that are to be tried, or tried again', ['target']);
    const oldest = gauge('credits_delivery_oldest_pending_seconds', 'Age of the oldest delivery that is still to be made; 0: none is', ['target']);
    const parked = gauge('credits_deliveries_parked', 'Deliveries that were given up, until somebody replays them', ['target']);
    for (const [target, of] of Object.entries(health.of)) {
      pending.set({ target }, of.pending);
      oldest.set({ target }, of.oldestPendingSeconds);
      parked.set({ target }, of.parked);
    }
    const up = gauge('credits_queue_up', 'Whether the queue answered', ['queue']);
    const jobs = gauge('credits_queue_jobs', 'Jobs of a queue by state', ['queue', 'state']);
    for (const { name, counts } of await queues.depths(QUEUE_PATIENCE_MS)) {
      up.set({ queue: name }, counts === null ? 0 : 1);
      for (const [state, count] of Object.entries(counts ?? {})) jobs.set({ queue: name, state }, count);
    }
    return reply.header('content-type', registry.contentType).header('cache-control', 'no-store').send(await registry.metrics());
  });
}
