import type { DataSource } from 'typeorm';
import { DELIVERY, DeliverEvents, type Deliver, type DeliveryOptions } from '../operations/deliver-events.js';
import { RelayOutbox, type TargetsOf } from '../operations/relay-outbox.js';
import type { TargetKind } from '../postgres/catalogue/relay.js';
import { MessageWorker, Messages } from './messages.js';
import type { QueueBackend } from './queue-backend.js';
import { RELAY_LOOP, RelayLoop, type RelayLoopOptions } from './relay-loop.js';

export interface DispatchParts {
  readonly database: DataSource;
  readonly backend: QueueBackend;
  readonly targetsOf: TargetsOf;
  /** How an event is brought to a target of each kind; null: this instance only hands on, others deliver. */
  readonly deliver: Readonly<Record<TargetKind, Deliver>> | null;
  /** Milliseconds of a monotonic clock. */
  readonly clock: () => number;
  readonly wallNow: () => number;
  readonly onFailure: (error: unknown) => void;
  readonly options?: Partial<DeliveryOptions & RelayLoopOptions & { readonly concurrency: number; readonly lockMs: number; readonly claimMs: number }>;
}

/** From the outbox to whoever is told: the relay in every instance, the workers where they are asked for. */
export class Dispatch {
  readonly messages: Messages;
  private readonly loop: RelayLoop;
  private readonly worker: MessageWorker | null;

  constructor({ database, backend, targetsOf, deliver, clock, wallNow, onFailure, options = {} }: DispatchParts) {
    this.messages = new Messages(backend, onFailure);
    const relay = new RelayOutbox(database, targetsOf, this.messages, options.claimMs);
    this.loop = new RelayLoop(relay, clock, onFailure, { ...RELAY_LOOP, ...options });
    // Most of a delivery is waiting for somebody else's answer: a few that never answer must not hold up all others.
    const { concurrency = 64, lockMs = 30_000 } = options;
    this.worker =
      deliver === null ? null : new MessageWorker(backend, this.messages, new DeliverEvents(database, deliver, { ...DELIVERY, ...options }), { concurrency, lockMs, wallNow }, onFailure);
    this.loop.wake();
  }

  /** Something was committed into the outbox, or put back to be delivered again. */
  wake(): void {
    this.loop.wake();
  }

  /** Finishes what is under way. What is not delivered stays where it is. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await this.worker?.close();
    await this.messages.close();
  }
}
