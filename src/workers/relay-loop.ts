import { setTimeout as sleep } from 'node:timers/promises';
import type { RelayOutbox } from '../operations/relay-outbox.js';

export interface RelayLoopOptions {
  /** How often the outbox is looked at although nobody said that there is something, in milliseconds. */
  readonly pollMs: number;
  /**
   * From one run to the next at least, in milliseconds, so that what a busy ledger commits all the time is gathered; the first
   * after a pause begins at once. Where runs take long the machine is busy, and the next waits as long as the last took: fewer
   * and larger runs leave the debits their turns.
   */
  readonly gatherMs: number;
  readonly mostGatherMs: number;
  /** How often what the queue has lost is looked for; that long a delivery has to be overdue. */
  readonly recoverMs: number;
}

export const RELAY_LOOP: RelayLoopOptions = { pollMs: 1_000, gatherMs: 15, mostGatherMs: 250, recoverMs: 15_000 };

/**
 * Runs the relay when something was committed into the outbox, and now and then without being told: another instance, or this
 * one before it was killed, may have written there. Never more than one run at a time.
 */
export class RelayLoop {
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private recoveredAt = -Infinity;
  private ranAt = -Infinity;
  private ranForMs = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly relay: Pick<RelayOutbox, 'run' | 'recover'>,
    private readonly clock: () => number,
    private readonly onFailure: (error: unknown) => void,
    private readonly options: RelayLoopOptions = RELAY_LOOP,
  ) {
    this.timer = setInterval(() => {
      this.wake();
    }, options.pollMs);
  }

  /** Something was written: hands it on as soon as possible. */
  readonly wake = (): void => {
    if (this.stopped) return;
    if (this.running !== null) {
      this.again = true;
      return;
    }
    this.running = this.run().finally(() => {
      this.running = null;
      if (this.again) {
        this.again = false;
        this.wake();
      }
    });
  };

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      const { gatherMs, mostGatherMs } = this.options;
      const gatherFor = Math.min(Math.max(gatherMs, this.ranForMs), mostGatherMs) - (this.clock() - this.ranAt);
      if (gatherFor > 0) await sleep(gatherFor);
      this.again = false;
      const began = this.clock();
      await this.relay.run().finally(() => {
        this.ranAt = this.clock();
        this.ranForMs = this.ranAt - began;
      });
      if (this.clock() - this.recoveredAt < this.options.recoverMs) return;
      this.recoveredAt = this.clock();
      await this.relay.recover(this.options.recoverMs);
    } catch (error) {
      this.onFailure(error);
      // Nothing is lost: the next look comes back to it. Not at once, lest a queue that is away be asked without pause.
      this.again = false;
    }
  }
}
