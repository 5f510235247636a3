import type { BookedDebit, Tally } from './tally.js';
import type { TraceRequest } from './trace.js';

export interface Sending {
  readonly trace: readonly TraceRequest[];
  readonly senders: number;
  readonly bulk: number;
  /** Books these requests, each once, and answers when all are booked. */
  readonly book: (requests: readonly TraceRequest[]) => Promise<readonly BookedDebit[]>;
  readonly onBooked: (debits: number) => void;
}

/**
 * Sends the whole trace. Each sender takes the next part of the file when its last one is booked; so one sender books in
 * the order of the file, and several in an order that differs from run to run.
 */
export async function sendTrace({ trace, senders, bulk, book, onBooked }: Sending, tally: Tally): Promise<void> {
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < trace.length) {
      const part = trace.slice(next, next + bulk);
      next += part.length;
      for (const debit of await book(part)) tally.add(debit);
      onBooked(tally.debits);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
}
