import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresBackend, type BackendFactory } from 'bullmq';

/** How long a worker waits before it asks again a queue that did not answer, in milliseconds. */
export const ASK_AGAIN_MS = 1_000;

/** A worker of BullMQ waits only where a connection was refused; any other error, as of a database that recovers, it would answer by asking again at once. */
export function patient(factory: BackendFactory): BackendFactory {
  return (...args) => {
    const backend = factory(...args);
    const moveToActive = backend.moveToActive.bind(backend);
    backend.moveToActive = (...jobArgs) =>
      moveToActive(...jobArgs).catch(async (error: unknown) => {
        await sleep(ASK_AGAIN_MS);
        throw error;
      });
    return backend;
  };
}

interface Readied {
  waitUntilReady(): Promise<void>;
  readyPromise?: Promise<void> | undefined;
}

/** What BullMQ keeps in PostgreSQL remembers how its first look at the schema went: one that failed would fail for ever. */
export const reconnectingPostgres: BackendFactory = (...args) => {
  const backend = (createPostgresBackend as unknown as BackendFactory)(...args);
  forgetFailures(backend);
  forgetFailures(Reflect.get(backend, 'connection') as Readied);
  return backend;
};

function forgetFailures(readied: Readied): void {
  const waitUntilReady = readied.waitUntilReady.bind(readied);
  readied.waitUntilReady = () => {
    const ready = waitUntilReady();
    const remembered = readied.readyPromise;
    return ready.catch((error: unknown) => {
      if (readied.readyPromise === remembered) readied.readyPromise = undefined;
      throw error;
    });
  };
}
