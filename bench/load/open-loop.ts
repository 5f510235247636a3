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
  const windowFrom = begun + warmUpMs;
  const windowTo = windowFrom + windowMs;
  const latencies: Record<Fate, number[]> = { accepted: [], shed: [] };
  const counts = { accepted: 0, shed: 0, offered: 0 };
  const underWay = new Set<Promise<void>>();
  let asked = 0;
  const ask = (): void => {
    const from = performance.now();
    if (from >= windowFrom && from < windowTo) counts.offered += 1;
    const one = operation().then((fate) => {
      const to = performance.now();
      if (to >= windowFrom && to < windowTo) counts[fate] += 1;
      if (from >= windowFrom && from < windowTo) latencies[fate].push(to - from);
      underWay.delete(one);
    });
    underWay.add(one);
  };
  while (performance.now() < windowTo) {
    const due = Math.floor(((performance.now() - begun) / 1_000) * rate);
    // A machine that falls behind offers what it can; the row says how much that was.
    for (let burst = Math.min(due - asked, rate); burst > 0; burst -= 1) ask();
    asked = due;
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(underWay);
  const seconds = windowMs / 1_000;
  const at = (values: readonly number[], p: number): number => (values.length === 0 ? 0 : quantile(values, p));
  return {
    offered: counts.offered / seconds,
    accepted: counts.accepted / seconds,
    shed: counts.shed / seconds,
    p50: at(latencies.accepted, 0.5),
    p99: at(latencies.accepted, 0.99),
    shedP99: at(latencies.shed, 0.99),
  };
}
