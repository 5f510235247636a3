import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { replayParked } from '../postgres/catalogue/deliveries.js';
import type { Target } from '../postgres/catalogue/relay.js';

interface ParkedDelivery {
  readonly seq: number;
  readonly ordinal: number;
  readonly target: Target;
}

/** Puts deliveries that were given up back on their way: the same messages, under the same ids. */
export class ReplayDeliveries {
  constructor(
    private readonly database: DataSource,
    private readonly wake: () => void,
  ) {}

  /** Returns how many. */
  async all(accountId: string): Promise<number> {
    const replayed = await replayParked(this.database, accountId, null);
    this.wake();
    return replayed;
  }

  async one(accountId: string, parked: ParkedDelivery): Promise<number> {
    const replayed = await replayParked(this.database, accountId, parked);
    if (replayed === 0) refuse('delivery-not-found', 'This account has no such parked delivery.');
    this.wake();
    return replayed;
  }
}
