import type { Client } from 'pg';
import { takeSnapshot, used, type ResourceUse } from './resources.js';
import { quantile } from './statistics.js';

export interface Window {
  readonly operations: number;
  /** Including warm-up and tail: all that the contestant did. */
  readonly allOperations: number;
  readonly seconds: number;
  readonly use: ResourceUse;
  /** Milliseconds from question to answer, of half and of all but one in a hundred operations of the window. */
  readonly p50: number;
  readonly p99: number;
}

export interface LoopOptions {
  readonly callers: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** One operation of one caller; rejects where it was not done. */
  readonly operation: (caller: number) => Promise<void>;
}

/**
 * Callers that each wait for their answer before they ask again. Counts what is answered between two snapshots of the
 * server's counters, after a warm-up in which connections open and code gets compiled.
 */
export async function closedLoop(admin: Client, options: LoopOptions): Promise<Window> {
  let running = true;
  let counting = false;
  let operations = 0;
  let allOperations = 0;
  const latencies: number[] = [];
  const call = async (caller: number): Promise<void> => {
    while (running) {
      const begun = performance.now();
      await options.operation(caller);
      allOperations += 1;
      if (counting) {
        operations += 1;
        latencies.push(performance.now() - begun);
      }
    }
  };
  const callers = Promise.all(Array.from({ length: options.callers }, (_, caller) => call(caller)));
  const observe = async (): Promise<{ seconds: number; use: ResourceUse }> => {
    try {
      await pause(options.warmUpMs);
      const before = await takeSnapshot(admin);
      counting = true;
      const begun = performance.now();
      await pause(options.windowMs);
      counting = false;
      const seconds = (performance.now() - begun) / 1_000;
      return { seconds, use: used(before, await takeSnapshot(admin)) };
    } finally {
      running = false;
    }
  };
  // A caller that fails ends the others through this: the first rejection is the one that is reported.
  const [{ seconds, use }] = await Promise.all([observe(), callers.finally(() => (running = false))]);
  return { operations, allOperations, seconds, use, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
