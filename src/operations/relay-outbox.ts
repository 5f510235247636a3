import type { DataSource, EntityManager } from 'typeorm';
import type { LedgerEvent } from '../domain/event.js';
import { claimEvents, insertDeliveries, markPublished, readForgotten, type QueuedMessage, type Target } from '../postgres/catalogue/relay.js';

/** Who an event goes to, as contacts and endpoints stand now; where it may go was fixed when it was written. */
export type TargetsOf = (manager: EntityManager, events: readonly LedgerEvent[]) => Promise<readonly (readonly Target[])[]>;

/** Where messages wait for a worker. */
export interface MessageQueue {
  /** Hands them on, many together. */
  add(messages: readonly QueuedMessage[]): Promise<void>;
  /** Puts each back by itself; one that was put back before, and still waits, stays as it is. */
  addOnce(messages: readonly QueuedMessage[]): Promise<void>;
}

const AT_ONCE = 200;

/**
 * Hands on what the ledger wrote into its outbox (SPEC 11): claims, fans out to contacts and endpoints, puts the
 * messages into the queue, and only then marks it. Killed anywhere in between it does the same again, and nothing twice. The
 * queue holds nothing that is not here as well: it can be emptied at any time.
 */
export class RelayOutbox {
  constructor(
    private readonly database: DataSource,
    private readonly targetsOf: TargetsOf,
    private readonly queue: MessageQueue,
    private readonly claimMs = 30_000,
  ) {}

  /** Hands on everything that waits. Returns how many events that were. */
  async run(): Promise<number> {
    let relayed = 0;
    for (;;) {
      const events = await this.runOnce();
      relayed += events;
      if (events < AT_ONCE) return relayed;
    }
  }

  /** Puts back what the queue has lost: messages whose delivery has been due for `forMs`. Returns how many. */
  async recover(forMs: number): Promise<number> {
    const forgotten = await readForgotten(this.database, forMs, 2_000);
    if (forgotten.length > 0) await this.queue.addOnce(forgotten);
    return forgotten.length;
  }

  private async runOnce(): Promise<number> {
    const { events, toQueue } = await this.database.transaction(async (manager) => {
      const claimed = await claimEvents(manager, AT_ONCE, this.claimMs);
      if (claimed.length === 0) return { events: claimed, toQueue: [] };
      const targets = await this.targetsOf(manager, claimed);
      await insertDeliveries(manager, claimed.flatMap((event, i) => (targets[i] ?? []).map((target) => ({ event, target }))));
      return { events: claimed, toQueue: claimed.filter((_event, i) => (targets[i] ?? []).length > 0) };
    });
    if (events.length === 0) return 0;
    if (toQueue.length > 0) await this.queue.add(toQueue.map(({ id, accountId }) => ({ id, accountId })));
    await markPublished(this.database, events);
    return events.length;
  }
}
