import { DeliverEvents, DELIVERY } from '../../src/operations/deliver-events.js';
import { RelayOutbox, type TargetsOf } from '../../src/operations/relay-outbox.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { MessageWorker, Messages } from '../../src/workers/messages.js';
import { queueBackend } from '../../src/workers/queue-backend.js';

/**
 * A relay, or a worker, as a process of its own that kills itself at the worst moment: the relay when messages are in the queue
 * and not marked yet, the worker when a message was sent and not marked yet. Built along with the service, for tests that fork it.
 */
const { WRITER_URL = '', REDIS_URL, RECEIVER_URL = '', KILL = '' } = process.env;

const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};
const fail = (error: unknown): void => {
  process.stderr.write(`${String(error)}\n`);
};

const database = serviceDataSource({ url: WRITER_URL, poolSize: 2, applicationName: 'test-dispatch', onPoolError: fail });
await database.initialize();
const backend = queueBackend({ redisUrl: REDIS_URL ?? null, writerUrl: WRITER_URL });
const messages = new Messages(backend, fail);

if (KILL === 'between publish and mark') {
  const targetsOf: TargetsOf = (_manager, events) =>
    Promise.resolve(events.map(({ type }) => (type === 'balance.below' ? [{ kind: 'webhook', id: 'one' }] : [])));
  const queue = {
    add: async (wanted: Parameters<Messages['add']>[0]): Promise<void> => {
      await messages.add(wanted);
      die();
    },
    addOnce: (wanted: Parameters<Messages['addOnce']>[0]) => messages.addOnce(wanted),
  };
  const relay = new RelayOutbox(database, targetsOf, queue, 100);
  for (;;) {
    await relay.run();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
} else {
  const send = async (event: { readonly id: string }) => {
    await fetch(`${RECEIVER_URL}/one`, { method: 'POST', body: JSON.stringify(event) });
    die();
    return { ok: false, permanent: false, status: null, excerpt: 'never said' } as const;
  };
  const deliver = new DeliverEvents(database, { mail: send, webhook: send }, { ...DELIVERY, leaseMs: 200 });
  new MessageWorker(backend, messages, deliver, { concurrency: 1, lockMs: 300, wallNow: () => Date.now() }, fail);
}
