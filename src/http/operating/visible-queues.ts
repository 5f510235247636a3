import type { BaseAdapter } from '@bull-board/api/baseAdapter';

/** How many jobs of a queue are in each state: waiting, active, delayed, failed. */
export type QueueCounts = Readonly<Record<string, number>>;

/** The queues as operators see them. What they are made of is the workers' business. */
export interface VisibleQueues {
  /** As bull-board reads them. */
  readonly adapters: readonly BaseAdapter[];
  /** Null: the queue did not answer in time. */
  depths(patienceMs: number): Promise<readonly { readonly name: string; readonly counts: QueueCounts | null }[]>;
}

/** Where there are none, as in tests that look elsewhere. */
export const NO_QUEUES: VisibleQueues = { adapters: [], depths: () => Promise.resolve([]) };
