import { quantile } from '../harness/statistics.js';

export type Fate = 'accepted' | 'shed';

export interface Offered {
  /** A second. */
  readonly offered: number;
  readonly accepted: number;
  readonly shed: number;
  /** Milliseconds until an accepted one, and a shed one, was answered. */
  readonly p50: number;
  readonly p99: number;
  readonly shedP99: number;
}

export interface OpenLoopOptions {
  /** Operations a second, whether or not the ones before were answered. */
  readonly rate: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  readonly operation: () => Promise<Fate>;
}

const TICK_MS = 10;

/**
 * Asks at a rate and waits for nobody: what a crowd does that does not know of each other. Counted is what is answered
 * between warm-up and end; latencies are of what was asked in the window.
 */
export async function openLoop({ rate, warmUpMs, windowMs, operation }: OpenLoopOptions): Promise<Offered> {
  const begun = performance.now();
  const tally = new Tally(begun + warmUpMs, windowMs);
  let underWay = 0;
  let asked = 0;
  const failures: Error[] = [];
  const over = (): void => {
    underWay -= 1;
  };
  const failed = (error: unknown): void => {
    underWay -= 1;
    failures.push(error instanceof Error ? error : new Error('an operation failed', { cause: error }));
  };
  const ask = (): void => {
    underWay += 1;
    void tally.count(operation).then(over, failed);
  };
  while (performance.now() < tally.until) {
    const due = Math.floor(((performance.now() - begun) / 1_000) * rate);
    // A machine that falls behind offers what it can; the row says how much that was.
    for (let burst = Math.min(due - asked, rate); burst > 0; burst -= 1) ask();
    asked = due;
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  if (failures[0] !== undefined) throw failures[0];
  return tally.total();
}

/** So many callers who each wait for their answer before they ask again, counted in the same way. */
export async function closedLoopOf({ callers, warmUpMs, windowMs, operation }: Omit<OpenLoopOptions, 'rate'> & { readonly callers: number }): Promise<Offered> {
  const tally = new Tally(performance.now() + warmUpMs, windowMs);
  const caller = async (): Promise<void> => {
    while (performance.now() < tally.until) await tally.count(operation);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return tally.total();
}

class Tally {
  readonly until: number;
  private readonly latencies: Record<Fate, number[]> = { accepted: [], shed: [] };
  private readonly counts = { accepted: 0, shed: 0, offered: 0 };

  constructor(
    private readonly from: number,
    private readonly windowMs: number,
  ) {
    this.until = from + windowMs;
  }

  count(operation: () => Promise<Fate>): Promise<void> {
    const asked = performance.now();
    const counts = this.covers(asked);
    if (counts) this.counts.offered += 1;
    return operation().then((fate) => {
      const answered = performance.now();
      if (this.covers(answered)) this.counts[fate] += 1;
      if (counts) this.latencies[fate].push(answered - asked);
    });
  }

  total(): Offered {
    const seconds = this.windowMs / 1_000;
    const at = (values: readonly number[], p: number): number => (values.length === 0 ? 0 : quantile(values, p));
    const { latencies, counts } = this;
    return {
      offered: counts.offered / seconds,
      accepted: counts.accepted / seconds,
      shed: counts.shed / seconds,
      p50: at(latencies.accepted, 0.5),
      p99: at(latencies.accepted, 0.99),
      shedP99: at(latencies.shed, 0.99),
    };
  }

  private covers(instant: number): boolean {
    return instant >= this.from && instant < this.until;
  }
}
